package io.synoptic.catalogue;

import java.util.List;
import java.util.stream.Stream;

/** Every metric family of Synoptic. Names are experimental until 1.0, then none changes. */
public final class MetricCatalogue {
  private static final List<MetricFamily> FAMILIES =
      Stream.of(
              SocketFamilies.ALL,
              ListenerFamilies.ALL,
              TimerFamilies.ALL,
              CloseWaitFamilies.ALL,
              HandshakeFamilies.ALL,
              CounterFamilies.families(),
              HealthFamilies.ALL)
          .flatMap(List::stream)
          .toList();

  private MetricCatalogue() {}

  /** Every family, in the order in which they are shown. */
  public static List<MetricFamily> families() {
    return FAMILIES;
  }
}
