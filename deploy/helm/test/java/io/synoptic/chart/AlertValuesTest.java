package io.synoptic.chart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a user changes of the alerts, without jsonnet. */
class AlertValuesTest {
  private static List<JsonNode> alerts(String... settings) throws Exception {
    List<JsonNode> alerts = new ArrayList<>();
    for (String text : Chart.documents(Chart.text(Chart.values("node"), settings))) {
      if (text.contains("kind: PrometheusRule")) {
        for (JsonNode group : Chart.tree(text).get("spec").get("groups")) {
          for (JsonNode rule : group.get("rules")) {
            if (rule.has("alert")) {
              alerts.add(rule);
            }
          }
        }
      }
    }
    return alerts;
  }

  @Test
  void anAlertIsLeftOut() throws Exception {
    assertThat(alerts("prometheusRule.disabled[0]=SynopticNoAgent"))
        .hasSize(alerts().size() - 1)
        .noneMatch(alert -> alert.get("alert").asText().equals("SynopticNoAgent"));
  }

  @Test
  void anAlertHasAnotherSeverityAndAllHaveLabels() throws Exception {
    List<JsonNode> alerts =
        alerts(
            "prometheusRule.severities.SynopticOrphans=page",
            "prometheusRule.alertLabels.team=network");

    assertThat(alerts).hasSameSizeAs(alerts()).allMatch(alert -> label(alert, "team", "network"));
    assertThat(alerts.stream().filter(alert -> label(alert, "severity", "page")))
        .singleElement()
        .matches(alert -> alert.get("alert").asText().equals("SynopticOrphans"));
  }

  private static boolean label(JsonNode alert, String name, String value) {
    return alert.get("labels").get(name).asText().equals(value);
  }

  @Test
  void runbooksAreElsewhere() throws Exception {
    assertThat(alerts("prometheusRule.runbooks=https://runbooks.example/tcp"))
        .allMatch(
            alert ->
                alert
                    .get("annotations")
                    .get("runbook_url")
                    .asText()
                    .startsWith("https://runbooks.example/tcp#"));
  }
}
