package io.synoptic.micrometer;

import io.micrometer.core.instrument.Tag;
import io.synoptic.NetworkNamespace;
import io.synoptic.catalogue.MetricFamily;
import java.util.ArrayList;
import java.util.List;

/**
 * One row of a report: what becomes a meter.
 *
 * @param netns the network namespace that it is of
 * @param labels values of the family's labels
 */
record MeterRow(MetricFamily family, NetworkNamespace netns, List<String> labels) {
  /**
   * Its tags.
   *
   * @param everyNamespace whether they name the network namespace; an owner's namespace and pod are
   *     its own
   */
  List<Tag> tags(boolean everyNamespace) {
    List<Tag> tags = new ArrayList<>();
    if (everyNamespace && family.isData()) {
      add(tags, "netns", netns.netns());
      add(tags, "namespace", netns.namespace());
      add(tags, "pod", netns.pod());
    }
    for (int i = 0; i < labels.size(); i++) {
      tags.add(Tag.of(family.labels().get(i), labels.get(i)));
    }
    return tags;
  }

  private void add(List<Tag> tags, String name, String value) {
    if (!family.labels().contains(name)) {
      tags.add(Tag.of(name, value));
    }
  }
}
