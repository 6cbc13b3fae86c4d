package io.synoptic.agent.web;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
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
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * A mapping in a YAML file, read as strictly as Go's yaml.v2 reads into a struct: a key that isn't
 * known, that is there twice or has a value of another type is refused, with its line. A null is
 * the same as no key at all.
 *
 * <p>Any text of the file may be a secret in the wrong place, so a message repeats none of it but
 * the keys that are known.
 */
final class YamlSection {
  private static final Set<String> TRUE =
      Set.of("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y");
  private static final Set<String> FALSE =
      Set.of("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N");

  /** YAML's core schema: its nulls are those of yaml.v2. */
  private static final LoadSettings CORE =
      LoadSettings.builder().setSchema(new CoreSchema()).build();

  private final String name;
  private final Map<String, Node> values = new LinkedHashMap<>();

  private YamlSection(String name) {
    this.name = name;
  }

  /** The mapping that a whole file is; an empty file is an empty one. */
  static YamlSection ofFile(String text, Set<String> keys) throws InvalidInputException {
    try {
      return of("", new Compose(CORE).composeString(text), keys);
    } catch (MarkedYamlEngineException e) {
      // What it says may quote the file.
      throw new InvalidInputException(
          line(e.getProblemMark())
              + "no YAML: a quote, bracket, colon or tab that YAML doesn't take there");
    } catch (YamlEngineException e) {
      throw new InvalidInputException("no YAML: a character that YAML doesn't take");
    } catch (StackOverflowError e) {
      throw new InvalidInputException("no YAML that can be read: it is nested too deeply");
    }
  }

  /** The mapping below a key; empty if there is none. */
  YamlSection section(String key, Set<String> keys) throws InvalidInputException {
    return of(path(key), Optional.ofNullable(values.get(key)), keys);
  }

  private static YamlSection of(String name, Optional<Node> node, Set<String> keys)
      throws InvalidInputException {
    YamlSection section = new YamlSection(name);
    if (node.isPresent()) {
      section.fill(node.get(), keys);
    }
    return section;
  }

  private void fill(Node node, Set<String> keys) throws InvalidInputException {
    for (NodeTuple tuple : tuples(node)) {
      String key = key(tuple);
      if (!keys.contains(key)) {
        String known = String.join(", ", keys.stream().sorted().toList());
        throw at(tuple.getKeyNode(), in() + "a key is not known; known here: " + known);
      }
      if (values.containsKey(key)) {
        throw at(tuple.getKeyNode(), path(key) + " is there twice");
      }
      values.put(key, tuple.getValueNode());
    }
  }

  private List<NodeTuple> tuples(Node node) throws InvalidInputException {
    if (isNull(node)) {
      return List.of();
    }
    if (node instanceof MappingNode mapping) {
      return mapping.getValue();
    }
    throw at(node, (name.isEmpty() ? "the file" : name) + " must be a mapping of keys to values");
  }

  private String key(NodeTuple tuple) throws InvalidInputException {
    if (tuple.getKeyNode() instanceof ScalarNode key && !isNull(key)) {
      return key.getValue();
    }
    throw at(tuple.getKeyNode(), in() + "a key must be a word");
  }

  /** Whether no key is there, not even with a null. */
  boolean isEmpty() {
    return values.isEmpty();
  }

  /** The text of a key's value; none if there is no key, or an empty text. */
  Optional<String> text(String key) throws InvalidInputException {
    Optional<Node> node = value(key);
    return node.isEmpty()
        ? Optional.empty()
        : Optional.of(scalar(key, node.get())).filter(text -> !text.isEmpty());
  }

  private Optional<Node> value(String key) {
    return Optional.ofNullable(values.get(key)).filter(node -> !isNull(node));
  }

  boolean flag(String key, boolean otherwise) throws InvalidInputException {
    Optional<Node> node = value(key);
    if (node.isEmpty()) {
      return otherwise;
    }
    String text = scalar(key, node.get());
    boolean plain = ((ScalarNode) node.get()).isPlain();
    if (!plain || !(TRUE.contains(text) || FALSE.contains(text))) {
      throw wrong(key, "must be true or false");
    }
    return TRUE.contains(text);
  }

  /**
   * The texts of a list, none of them empty: that may be an oversight which lets in more than was
   * meant.
   *
   * @param known what an entry may be
   * @param otherwise what to say of one that may not
   */
  List<String> list(String key, Predicate<String> known, String otherwise)
      throws InvalidInputException {
    List<String> texts = new ArrayList<>();
    Optional<Node> node = value(key);
    if (node.isEmpty()) {
      return texts;
    }
    if (!(node.get() instanceof SequenceNode sequence)) {
      throw wrong(key, "must be a list");
    }
    for (Node each : sequence.getValue()) {
      String text = isNull(each) ? "" : scalar(key, each);
      if (text.isEmpty()) {
        throw at(each, path(key) + " has an empty entry: write a value, or leave it out");
      }
      if (!known.test(text)) {
        throw at(each, path(key) + " " + otherwise);
      }
      texts.add(text);
    }
    return texts;
  }

  /**
   * The texts below a key, by names that are free; a null is an empty text.
   *
   * @param right what a text must be
   * @param otherwise what to say of one that is not
   */
  Map<String, String> texts(String key, Predicate<String> right, String otherwise)
      throws InvalidInputException {
    Map<String, String> texts = new LinkedHashMap<>();
    Optional<Node> node = value(key);
    if (node.isEmpty()) {
      return texts;
    }
    YamlSection below = new YamlSection(path(key));
    for (NodeTuple tuple : below.tuples(node.get())) {
      Node value = tuple.getValueNode();
      String text = isNull(value) ? "" : scalar(key, value);
      if (!right.test(text)) {
        throw at(value, path(key) + " " + otherwise);
      }
      if (texts.put(below.key(tuple), text) != null) {
        throw at(tuple.getKeyNode(), path(key) + " has the same name twice");
      }
    }
    return texts;
  }

  private String scalar(String key, Node node) throws InvalidInputException {
    if (node instanceof ScalarNode scalar) {
      return scalar.getValue();
    }
    throw at(node, path(key) + " must be text");
  }

  private static boolean isNull(Node node) {
    return node.getTag().equals(Tag.NULL);
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

  private static InvalidInputException at(Node node, String what) {
    return new InvalidInputException(line(node.getStartMark()) + what);
  }

  private String in() {
    return name.isEmpty() ? "" : name + ": ";
  }

  private String path(String key) {
    return name.isEmpty() ? key : name + "." + key;
  }

  private static String line(Optional<Mark> mark) {
    return mark.map(at -> "line " + (at.getLine() + 1) + ": ").orElse("");
  }
}
