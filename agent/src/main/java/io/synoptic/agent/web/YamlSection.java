package io.synoptic.agent.web;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * A mapping in a YAML file, read as strictly as Go's yaml.v2 reads into a struct: a key that isn't
 * known, that stands twice or has a value of another type is refused, with its line.
 */
final class YamlSection {
  private static final Set<String> NULLS = Set.of("", "~", "null", "Null", "NULL");
  private static final Set<String> TRUE =
      Set.of("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y");
  private static final Set<String> FALSE =
      Set.of("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N");

  private final String name;
  private final Map<String, Node> values = new LinkedHashMap<>();

  private YamlSection(String name) {
    this.name = name;
  }

  /** The mapping that a whole file is; an empty file is an empty one. */
  static YamlSection ofFile(String text, Set<String> keys) throws InvalidInputException {
    try {
      return of("", new Compose(LoadSettings.builder().build()).composeString(text), keys);
    } catch (MarkedYamlEngineException e) {
      throw new InvalidInputException(line(e.getProblemMark()) + "no YAML: " + e.getProblem());
    } catch (YamlEngineException e) {
      throw new InvalidInputException("no YAML: " + e.getMessage().replace('\n', ' '));
    }
  }

  /** The mapping below a key; empty if there is none. */
  YamlSection section(String key, Set<String> keys) throws InvalidInputException {
    return of(path(key), Optional.ofNullable(values.get(key)), keys);
  }

  private static YamlSection of(String name, Optional<Node> node, Set<String> keys)
      throws InvalidInputException {
    YamlSection section = new YamlSection(name);
    section.fill(node);
    for (Map.Entry<String, Node> each : section.values.entrySet()) {
      if (!keys.contains(each.getKey())) {
        throw section.wrong(
            each.getKey(), "is not known; known here: " + String.join(", ", sorted(keys)));
      }
    }
    return section;
  }

  private static List<String> sorted(Set<String> keys) {
    return keys.stream().sorted().toList();
  }

  private void fill(Optional<Node> node) throws InvalidInputException {
    if (node.isEmpty() || isNull(node.get())) {
      return;
    }
    if (!(node.get() instanceof MappingNode mapping)) {
      throw new InvalidInputException(
          line(node.get().getStartMark())
              + (name.isEmpty() ? "the file" : name)
              + " must be a mapping of keys to values");
    }
    for (NodeTuple tuple : mapping.getValue()) {
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        throw new InvalidInputException(
            line(tuple.getKeyNode().getStartMark()) + "a key must be a word");
      }
      if (values.put(key.getValue(), tuple.getValueNode()) != null) {
        throw wrong(key.getValue(), "stands there twice");
      }
    }
  }

  /** Whether anything is said at all. */
  boolean isEmpty() {
    return values.isEmpty();
  }

  /** The text of a key's value; none if there is no key, or an empty text. */
  Optional<String> text(String key) throws InvalidInputException {
    Node node = values.get(key);
    return node == null
        ? Optional.empty()
        : Optional.of(scalar(key, node)).filter(text -> !text.isEmpty());
  }

  boolean flag(String key, boolean otherwise) throws InvalidInputException {
    Node node = values.get(key);
    if (node == null || isNull(node)) {
      return otherwise;
    }
    String text = scalar(key, node);
    boolean plain = ((ScalarNode) node).isPlain();
    if (!plain || !(TRUE.contains(text) || FALSE.contains(text))) {
      throw wrong(key, "must be true or false");
    }
    return TRUE.contains(text);
  }

  List<String> list(String key) throws InvalidInputException {
    List<String> texts = new ArrayList<>();
    Node node = values.get(key);
    if (node == null || isNull(node)) {
      return texts;
    }
    if (!(node instanceof SequenceNode sequence)) {
      throw wrong(key, "must be a list");
    }
    for (Node each : sequence.getValue()) {
      texts.add(scalar(key, each));
    }
    return texts;
  }

  /** The texts below a key, by names that are free. */
  Map<String, String> texts(String key) throws InvalidInputException {
    YamlSection below = new YamlSection(path(key));
    below.fill(Optional.ofNullable(values.get(key)));
    Map<String, String> texts = new LinkedHashMap<>();
    for (Map.Entry<String, Node> each : below.values.entrySet()) {
      texts.put(each.getKey(), below.scalar(each.getKey(), each.getValue()));
    }
    return texts;
  }

  private String scalar(String key, Node node) throws InvalidInputException {
    if (node instanceof ScalarNode scalar) {
      return scalar.getValue();
    }
    throw wrong(key, "must be text");
  }

  private static boolean isNull(Node node) {
    return node instanceof ScalarNode scalar
        && scalar.isPlain()
        && NULLS.contains(scalar.getValue());
  }

  /** What to throw when a key's value can't be used. */
  InvalidInputException wrong(String key, String why) {
    Optional<Mark> mark = Optional.ofNullable(values.get(key)).flatMap(Node::getStartMark);
    return new InvalidInputException(line(mark) + path(key) + " " + why);
  }

  /** What to throw when a key must be there and isn't. */
  InvalidInputException missing(String key) {
    return new InvalidInputException(name + " lacks " + key + ": add it");
  }

  private String path(String key) {
    return name.isEmpty() ? key : name + "." + key;
  }

  private static String line(Optional<Mark> mark) {
    return mark.map(at -> "line " + (at.getLine() + 1) + ": ").orElse("");
  }
}
