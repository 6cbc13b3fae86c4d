package io.synoptic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamespaceFilterTest {
  private static final NetworkNamespace WEB = new NetworkNamespace("cni-1", "shop", "web-0");
  private static final NetworkNamespace VPN = new NetworkNamespace("vpn", "", "");

  @Test
  void withoutAPatternAllAreShown() {
    assertThat(NamespaceFilter.ALL.shows(WEB)).isTrue();
    assertThat(NamespaceFilter.ALL.shows(VPN)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "cni-*, true, false",
    "vpn, false, true",
    "shop/*, true, false",
    "shop/db-*, false, false",
    "'{shop,blog}/web-?', true, false",
    "*, true, true",
    "*/*, true, false",
    "shop, false, false",
  })
  void aPatternIsOfTheNamespaceOrOfThePod(String pattern, boolean web, boolean vpn) {
    NamespaceFilter included = NamespaceFilter.of(List.of(pattern), List.of());
    NamespaceFilter excluded = NamespaceFilter.of(List.of(), List.of(pattern));

    assertThat(included.shows(WEB)).isEqualTo(web);
    assertThat(included.shows(VPN)).isEqualTo(vpn);
    assertThat(excluded.shows(WEB)).isNotEqualTo(web);
    assertThat(excluded.shows(VPN)).isNotEqualTo(vpn);
  }

  @Test
  void whatIsExcludedIsNotIncluded() {
    NamespaceFilter filter = NamespaceFilter.of(List.of("shop/*", "vpn"), List.of("*/web-0"));

    assertThat(filter.shows(WEB)).isFalse();
    assertThat(filter.shows(VPN)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"[a", "{a,{b}}", ""})
  void whatIsNoPatternIsRefusedByName(String pattern) {
    assertThatThrownBy(() -> NamespaceFilter.of(List.of("ok"), List.of(pattern)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("pattern")
        .hasMessageContaining(pattern);
  }
}
