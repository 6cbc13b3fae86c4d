package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.synoptic.catalogue.MetricCatalogue;
import io.synoptic.catalogue.MetricFamily;
import java.nio.file.Files;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class NetnsDetailTest {
  private static List<String> shown(NetnsDetail detail) {
    return MetricCatalogue.families().stream()
        .filter(MetricFamily::isData)
        .map(MetricFamily::name)
        .filter(detail::shows)
        .toList();
  }

  @Test
  void eachLevelHasMoreThanTheOneBefore() {
    List<String> states = shown(NetnsDetail.states);
    List<String> listeners = shown(NetnsDetail.listeners);

    assertThat(states).hasSizeBetween(19, 21);
    assertThat(listeners).hasSize(states.size() + 16).containsAll(states);
    assertThat(shown(NetnsDetail.all)).containsAll(listeners).hasSizeGreaterThan(2 * states.size());
  }

  /**
   * What is read of the host, of a listener or an owner, or of handshakes is another matter; bytes
   * in queues are only named in a description.
   */
  @Test
  void statesAreEnoughForTheAlertsOnANamespace() throws Exception {
    String rules =
        Files.readString(RunningAgent.ROOT.resolve("deploy/prometheus/synoptic.rules.yml"));
    List<String> read =
        Pattern.compile(
                "(?<![:\\w])synoptic_tcp_(?!listener_|owner_|outbound_|host_|connect_f|receive_queue_b)\\w+")
            .matcher(rules)
            .results()
            .map(MatchResult::group)
            .filter(
                name ->
                    MetricCatalogue.families().stream()
                        .anyMatch(family -> family.prometheusName().equals(name)))
            .distinct()
            .toList();

    assertThat(
            MetricCatalogue.families().stream()
                .filter(family -> NetnsDetail.states.shows(family.name()))
                .map(MetricFamily::prometheusName))
        .containsAll(read);
    assertThat(read).hasSizeGreaterThan(12);
  }
}
