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
  private static String last; // the pattern that regex or refused is of: it comes again for every subject
  private static Regex regex;
  private static String refused;

  public static void main(String[] args) throws Exception {
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = in.readLine()) != null; System.out.flush()) {
      String[] pair = line.split("\t", -1);
      if (!pair[0].equals(last)) compile(pair[0]);
      System.out.println(refused != null ? refused : answer(decode(pair[1])));
    }
  }

  private static void compile(String text) {
    byte[] pattern = decode(text);
    last = text;
    refused = null;
    try {
      regex = new Regex(pattern, 0, pattern.length, Option.NONE, UTF8Encoding.INSTANCE, WarnCallback.NONE);
    } catch (RuntimeException e) {
      refused = "E " + e.getMessage();
    }
  }

  private static String answer(byte[] subject) {
    Matcher m = regex.matcher(subject);
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
