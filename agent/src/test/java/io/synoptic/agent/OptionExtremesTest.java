package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.agent.HttpExchange.Answer;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Model.OptionSpec;

/** Every duration, size and number that an option takes works; all others are refused. */
class OptionExtremesTest {
  /** Around 0, around bounds of ours and of integers, with every unit and with none. */
  private static final List<String> EXTREMES =
      List.of(
          "NaN",
          "-Infinity",
          "-2147483649",
          "-1",
          "-1s",
          "-0",
          "0",
          "0s",
          "0h",
          "1e-308",
          "0.001",
          "0.099",
          "0.1",
          "1",
          "1.5",
          "+1",
          "2",
          "1ms",
          "9ms",
          "10ms",
          "500ms",
          "501ms",
          "1.5s",
          "99.999",
          "100",
          "100.001",
          "101",
          "1h",
          "1440m",
          "86400s",
          "86400000ms",
          "24h",
          "86400001ms",
          "25h",
          "999999999ms",
          "2562048h",
          "3000000h",
          "9999999h",
          "999999999h",
          "1_000",
          "4000",
          "4001",
          "10000",
          "10001",
          "65534",
          "65535",
          "65536",
          "2147483647",
          "2147483648",
          "4294967296",
          "9223372036854775807",
          "9223372036854775808",
          "1e308",
          "Infinity");

  private static final Set<Class<?>> NUMBERS =
      Set.of(
          Duration.class,
          Integer.class,
          int.class,
          Long.class,
          long.class,
          Double.class,
          double.class);

  /** By option. */
  private static Map<String, List<String>> taken() {
    Map<String, List<String>> taken = new LinkedHashMap<>();
    for (OptionSpec option : new Options().commandLine().getCommandSpec().options()) {
      if (NUMBERS.contains(option.type())) {
        String name = option.longestName();
        taken.put(
            name,
            EXTREMES.stream()
                .filter(value -> WrongOptionsTest.refusal(name + "=" + value).isEmpty())
                .toList());
      }
    }
    return taken;
  }

  @Test
  void everyNumberHasBounds() {
    assertThat(taken()).hasSizeGreaterThan(7);
    taken()
        .forEach(
            (option, values) ->
                assertThat(values)
                    .as(option)
                    .isNotEmpty()
                    .doesNotContain("-1", "-1s", "NaN", "Infinity", "1e308", "3000000h")
                    .doesNotContain("9223372036854775807", "4294967296", "999999999h"));
  }

  @Test
  void whateverIsTakenIsScraped() throws Exception {
    Map<String, List<String>> taken = taken();
    int rounds = 4; // from all the smallest to all the largest
    for (int round = 0; round < rounds; round++) {
      List<String> args = new ArrayList<>(List.of("--web.listen-address=127.0.0.1:0"));
      for (Map.Entry<String, List<String>> option : taken.entrySet()) {
        List<String> values = option.getValue();
        args.add(option.getKey() + "=" + values.get(round * (values.size() - 1) / (rounds - 1)));
      }
      scrape(args);
    }
  }

  private static void scrape(List<String> args) throws Exception {
    Options options = new Options();
    options.commandLine().parseArgs(args.toArray(String[]::new));
    options.check();
    options.netns = Options.Netns.all;
    assertThat(options.everyNamespace()).isPresent();
    options.netns = Options.Netns.own;
    try (Agent agent = Agent.start(options);
        HttpExchange http =
            new HttpExchange(
                new Socket(InetAddress.getLoopbackAddress(), URI.create(agent.url()).getPort()))) {
      for (int scrape = 0; scrape < 2; scrape++) {
        Answer answer = http.get("/metrics");
        assertThat(answer.status()).as(args.toString()).isEqualTo(200);
        assertThat(answer.text()).contains("synoptic_scan_success{");
      }
      assertThat(http.get("/-/ready").status()).as(args.toString()).isIn(200, 503);
    }
  }
}
