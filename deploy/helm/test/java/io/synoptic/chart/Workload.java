package io.synoptic.chart;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * What runs pods, with what is rendered beside it.
 *
 * @param object a DaemonSet, a Deployment or a Pod
 * @param all the whole rendering
 */
record Workload(JsonNode object, List<JsonNode> all) {
  /** Those of a rendering. */
  static List<Workload> of(String rendering) {
    return of(Chart.documents(rendering).stream().map(Chart::tree).toList()).toList();
  }

  static Stream<Workload> of(List<JsonNode> all) {
    return all.stream()
        .filter(each -> each.path("kind").asText().matches("DaemonSet|Deployment|Pod"))
        .map(each -> new Workload(each, all));
  }

  String kind() {
    return object.path("kind").asText();
  }

  JsonNode spec() {
    return object.path("spec");
  }

  /** Of the pod. */
  JsonNode pod() {
    return kind().equals("Pod") ? spec() : spec().path("template").path("spec");
  }

  JsonNode podLabels() {
    return (kind().equals("Pod") ? object : spec().path("template"))
        .path("metadata")
        .path("labels");
  }

  /** Those that start and those that stay. */
  List<JsonNode> containers() {
    List<JsonNode> containers = new ArrayList<>();
    pod().path("initContainers").forEach(containers::add);
    pod().path("containers").forEach(containers::add);
    return containers;
  }

  boolean anyContainer(Predicate<JsonNode> predicate) {
    return containers().stream().anyMatch(predicate);
  }

  /** A setting of a container's security context, else the pod's. */
  JsonNode security(JsonNode container, String name) {
    JsonNode own = container.path("securityContext").path(name);
    return own.isMissingNode() ? pod().path("securityContext").path(name) : own;
  }

  boolean anyVolume(String kind) {
    return stream(pod().path("volumes")).anyMatch(volume -> volume.has(kind));
  }

  /** Objects of another kind. */
  Stream<JsonNode> others(String kind) {
    return all.stream().filter(each -> each.path("kind").asText().equals(kind));
  }

  /** Whether each of some labels is the pods'. */
  boolean isSelectedBy(JsonNode labels) {
    return !labels.isEmpty()
        && Chart.keys(labels).stream()
            .allMatch(key -> labels.path(key).equals(podLabels().path(key)));
  }

  static Stream<JsonNode> stream(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false);
  }

  static List<String> texts(JsonNode list) {
    return stream(list).map(JsonNode::asText).toList();
  }
}
