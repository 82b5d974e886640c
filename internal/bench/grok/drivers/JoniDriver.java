import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jcodings.specific.UTF8Encoding;
import org.joni.Matcher;
import org.joni.Option;
import org.joni.Regex;
import org.joni.Region;

/** joni, the engine that Logstash runs, warm: JoniDriver PATTERNS LINES. */
public final class JoniDriver {
  private static Regex[] codes;
  private static long bytes;

  private static boolean match(byte[] line) {
    for (Regex code : codes) {
      Matcher m = code.matcher(line);
      if (m.search(0, line.length, Option.DEFAULT) < 0) continue;
      Region r = m.getRegion();
      for (int g = 1; r != null && g < r.getNumRegs(); g++) {
        if (r.getBeg(g) >= 0) bytes += r.getEnd(g) - r.getBeg(g);
      }
      return true;
    }
    return false;
  }

  public static void main(String[] args) throws Exception {
    List<String> patterns = Files.readAllLines(Path.of(args[0]));
    List<String> text = Files.readAllLines(Path.of(args[1]));
    codes = new Regex[patterns.size()];
    for (int i = 0; i < codes.length; i++) {
      byte[] p = patterns.get(i).getBytes(StandardCharsets.UTF_8);
      codes[i] = new Regex(p, 0, p.length, Option.MULTILINE, UTF8Encoding.INSTANCE);
    }
    byte[][] lines = new byte[text.size()][];
    for (int i = 0; i < lines.length; i++) lines[i] = text.get(i).getBytes(StandardCharsets.UTF_8);
    int matched = 0;
    for (int i = 0; i < lines.length && i < 1000; i++) matched += match(lines[i]) ? 1 : 0;
    long captured = bytes;
    var threads = ManagementFactory.getThreadMXBean();
    int n = Math.min(lines.length, 2000);
    double best = Double.MAX_VALUE;
    long total = 0;
    for (int passes = 0; total < 4_000_000_000L || passes < 5; passes++) { // the first seconds warm up the compiler
      long start = threads.getCurrentThreadCpuTime();
      for (int i = 0; i < n; i++) match(lines[i]);
      long spent = threads.getCurrentThreadCpuTime() - start;
      best = Math.min(best, (double) spent / n);
      total += spent;
    }
    System.out.printf("%.0f %d %d%n", best, matched, captured);
  }
}
