package io.synoptic.agent;

import static java.util.stream.Collectors.joining;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What promtool's cases of the rules are about, and two more questions for each: whether an alert
 * fired at any time where none is expected, and whether one came back after it had gone.
 */
final class RuleHistories {
  private static final Pattern CASE = Pattern.compile("\n  - name: \"(?<name>[^\"]+)\"\n");
  private static final Pattern QUESTION =
      Pattern.compile(
          "- expr: sum by \\((?<by>[^)]+)\\) \\(ALERTS\\{alertstate=\"firing\"}\\)\\s+"
              + "eval_time: (?<at>\\w+)\\s+exp_samples:(?<none> \\[])?");
  private static final Pattern FIRED =
      Pattern.compile("labels: '\\{alertname=\"(?<alert>\\w+)\"(?<labels>[^}]*)}'");
  private static final Pattern SUBJECT =
      Pattern.compile("- series: '\\w+\\{[^}]*?(?<subject>(instance|node|pod)=[^}]*)}'");
  private static final Pattern VARIES =
      Pattern.compile(",(family|state|le|unit|container|direction|than|reason|collector)=[^,]*");

  /** When and for whom an alert fires, of one case. */
  private static final class Case {
    final String name;
    final String text;
    final Set<String> fired = new LinkedHashSet<>();
    final Set<String> alerts = new TreeSet<>();
    final Set<String> subjects = new TreeSet<>();
    String by = "";
    String end = "";
    boolean recovers;

    Case(String name, String text) {
      this.name = name;
      this.text = text;
      Matcher question = QUESTION.matcher(text);
      while (question.find()) {
        by = question.group("by");
        end = question.group("at");
        recovers = question.group("none") != null;
      }
      for (Matcher match = FIRED.matcher(text); match.find(); ) {
        fired.add(match.group().replace("labels: ", ""));
        alerts.add(match.group("alert"));
      }
      for (Matcher match = SUBJECT.matcher(text); match.find(); ) {
        subjects.add(VARIES.matcher(match.group("subject")).replaceAll(""));
      }
    }

    boolean isWhole() {
      return recovers && subjects.size() * alerts.size() > fired.size();
    }

    private String questions() {
      String firing = "ALERTS{alertstate=\"firing\"}";
      String times = "timestamp(" + firing + ")[1d:30s]";
      return "      - expr: group by (%s) (count_over_time(%s[1d]))\n".formatted(by, firing)
          + "        eval_time: "
          + end
          + "\n        exp_samples:"
          + (fired.isEmpty() ? " []\n" : "\n")
          + fired.stream()
              .map(one -> "          - labels: %s\n            value: 1\n".formatted(one))
              .collect(joining())
          + "      - expr: (max_over_time(%s) - min_over_time(%s)) / 30 + 1 != count_over_time(%s[1d])\n"
              .formatted(times, times, firing)
          + "        eval_time: "
          + end
          + "\n        exp_samples: []\n";
    }
  }

  private final String head;
  private final List<Case> cases = new ArrayList<>();

  private RuleHistories(String text) {
    Matcher start = CASE.matcher(text);
    List<Integer> starts = start.results().map(match -> match.start()).toList();
    head = text.substring(0, starts.get(0));
    for (int i = 0; i < starts.size(); i++) {
      int end = i + 1 < starts.size() ? starts.get(i + 1) : text.length();
      String one = text.substring(starts.get(i), end);
      Matcher name = CASE.matcher(one);
      name.find();
      cases.add(new Case(name.group("name"), one));
    }
  }

  static RuleHistories of(Path file) throws Exception {
    return new RuleHistories(Files.readString(file));
  }

  /** Alerts of cases in which they rise, something like it stays silent, and they go. */
  Set<String> whole() {
    Set<String> alerts = new TreeSet<>();
    cases.stream().filter(Case::isWhole).forEach(one -> alerts.addAll(one.alerts));
    return alerts;
  }

  /** The cases with what is asked of each. */
  String withQuestions(Path rules) {
    return head.replaceFirst("rule_files: .*", "rule_files: [" + rules + "]")
        + cases.stream()
            .map(one -> one.text.stripTrailing() + "\n" + one.questions())
            .collect(joining());
  }

  List<String> names() {
    return cases.stream().map(one -> one.name).toList();
  }
}
