import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.jcodings.specific.UTF8Encoding;
import org.joni.Matcher;
import org.joni.Option;
import org.joni.Regex;
import org.joni.Region;
import org.joni.WarnCallback;

/** Answers what joni makes of patterns, in the words of onig.c: reads lines "PATTERN\tSUBJECT" in which % and control characters are %xx. */
public final class JoniOracle {
  public static void main(String[] args) throws Exception {
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = in.readLine()) != null; System.out.flush()) {
      String[] pair = line.split("\t", -1);
      System.out.println(answer(decode(pair[0]), decode(pair[1])));
    }
  }

  private static String answer(byte[] pattern, byte[] subject) {
    Matcher m;
    try {
      m = new Regex(pattern, 0, pattern.length, Option.NONE, UTF8Encoding.INSTANCE, WarnCallback.NONE).matcher(subject);
    } catch (RuntimeException e) {
      return "E " + e.getMessage();
    }
    if (m.search(0, subject.length, Option.DEFAULT) < 0) return "N";
    Region r = m.getRegion();
    if (r == null) return "M " + m.getBegin() + " " + m.getEnd();
    var out = new StringBuilder("M");
    for (int g = 0; g < r.getNumRegs(); g++) out.append(' ').append(r.getBeg(g)).append(' ').append(r.getEnd(g));
    return out.toString();
  }

  private static byte[] decode(String s) {
    var out = new StringBuilder();
    for (int i = 0; i < s.length(); i++) {
      if (s.charAt(i) != '%') {
        out.append(s.charAt(i));
        continue;
      }
      out.append((char) Integer.parseInt(s.substring(i + 1, i + 3), 16));
      i += 2;
    }
    return out.toString().getBytes(StandardCharsets.UTF_8);
  }
}
