package io.synoptic.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** What a build takes from others is of one version. */
class PinnedTest {
  private static final List<String> POMS =
      List.of(
          "pom.xml",
          "src/pom.xml",
          "agent/pom.xml",
          "deploy/helm/pom.xml",
          "benchmark/pom.xml",
          "example/pom.xml");

  /** Those that Maven adds by itself, each in a version of its own choice unless it is given. */
  private static final List<String> OF_EVERY_BUILD =
      Stream.of("clean", "resources", "compiler", "surefire", "jar", "install", "deploy", "site")
          .map(name -> "maven-" + name + "-plugin")
          .toList();

  private static List<Element> elements(String pom, String name) throws Exception {
    NodeList found =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(RunningAgent.ROOT.resolve(pom).toFile())
            .getElementsByTagName(name);
    List<Element> elements = new ArrayList<>();
    for (int i = 0; i < found.getLength(); i++) {
      elements.add((Element) found.item(i));
    }
    return elements;
  }

  private static String child(Element element, String name) {
    NodeList children = element.getChildNodes();
    for (int i = 0; i < children.getLength(); i++) {
      if (children.item(i).getNodeName().equals(name)) {
        return children.item(i).getTextContent().strip();
      }
    }
    return "";
  }

  @Test
  void eachPluginHasAVersionThoseOfEveryBuildIncluded() throws Exception {
    Set<String> pinned = new TreeSet<>();
    Set<String> used = new TreeSet<>(OF_EVERY_BUILD);
    for (String pom : POMS) {
      for (Element plugin : elements(pom, "plugin")) {
        String name = child(plugin, "artifactId");
        (child(plugin, "version").isEmpty() ? used : pinned).add(name);
      }
    }

    assertThat(pinned).containsAll(used);
  }

  @Test
  void noVersionIsARangeOrChanges() throws Exception {
    for (String pom : POMS) {
      assertThat(elements(pom, "version"))
          .extracting(Element::getTextContent)
          .allMatch(version -> version.matches("[0-9][\\w.-]*|\\$\\{[\\w.-]+}"))
          .noneMatch(version -> version.contains("SNAPSHOT"));
    }
  }
}
