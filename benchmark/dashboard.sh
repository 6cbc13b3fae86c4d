#!/bin/sh
# How long a Prometheus takes for the queries of the Fleet dashboard: dashboard.sh HOSTS PODS FOLDER, called by
# scripts/bench dashboard in a network namespace of its own.
#
# HOSTS hosts with ten listeners and PODS pods each, as the rules record them and shards send them on. Grafana asks for
# 60 points of a panel; here they are ten seconds apart, so that three samples a series are enough.
set -eu

hosts=$1
pods=$2
out=$3

end=1700000400
step=10
start=$((end - 60 * step))

ip link set lo up
rm -rf "$out/data"
mkdir -p "$out"

# Samples of the recorded series, and of those of each agent that Fleet reads as they are.
samples() {
	awk -v hosts="$hosts" -v pods="$pods" -v start="$start" '
	function value() { seed = (seed * 16807) % 2147483647; return seed / 2147483647 }
	function write(name, labels,   i) {
		for (i = 0; i < 3; i++)
			printf "%s{%s} %.4g %d\n", name, labels, value(), start + 290 * i
	}
	function queues(of) {
		write("host:synoptic_tcp_listener_syn_queue:ratio", of)
		write("host:synoptic_tcp_listener_accept_queue_full:ratio_rate5m", of)
		write("host:synoptic_tcp_listener_drops:rate5m", of)
		write("host:synoptic_tcp_listener_opened_connections:rate5m", of)
		write("host:synoptic_tcp_listener_handshake_duration_seconds:p99_rate5m", of)
	}
	function any(of) {
		write("host:synoptic_tcp_ephemeral_ports:ratio", of)
		write("host:synoptic_tcp_retransmitted_data_segments:ratio_rate5m", of)
	}
	function host(node,   of, agent, i) {
		of = node ",host=\"10.0." int(h / 256) "." h % 256 "\""
		for (i = 1; i <= 11; i++) {
			write("host:synoptic_tcp_sockets:sum", of ",state=\"" states[i] "\"")
			write("host:synoptic_tcp_sockets:max", of ",state=\"" states[i] "\"")
		}
		any(of)
		write("host:synoptic_tcp_time_wait_buckets:ratio", of)
		write("host:synoptic_tcp_host_orphans:ratio", of)
		write("host:synoptic_tcp_host_memory_pressure:ratio", of)
		write("host:synoptic_tcp_syncookies_sent:rate5m", of)
		for (i = 0; i < 10; i++)
			queues(of ",address=\"0.0.0.0\",port=\"" 8000 + i "\"")
		for (i = 0; i < 5; i++) {
			write("host:synoptic_tcp_close_wait_connections:max", of ",direction=\"inbound\",unit=\"unit-" i ".service\"")
			write("host:synoptic_tcp_connect_failures:rate5m", of ",reason=\"refused\",unit=\"unit-" i ".service\"")
		}
		for (i = 0; i < pods; i++)
			pod(of ",netns=\"" h "-" i "\",namespace=\"team-" i % 20 "\",pod=\"api-" h "-" i "\"")
		agent = node ",job=\"synoptic\",instance=\"10.0." int(h / 256) "." h % 256 ":10119\""
		write("up", agent)
		write("process_resident_memory_bytes", agent)
		write("process_start_time_seconds", agent)
		write("synoptic_build_info", agent ",version=\"1.0.0\",revision=\"0\",java_version=\"17\"")
		agent = agent ",collector=\"sockets\""
		write("synoptic_scan_success", agent)
		write("synoptic_scan_duration_seconds_sum", agent)
		write("synoptic_scan_duration_seconds_count", agent)
	}
	function pod(of) {
		write("host:synoptic_tcp_sockets:max", of ",state=\"established\"")
		write("host:synoptic_tcp_close_wait_connections:max", of)
		any(of)
		queues(of)
		write("host:synoptic_tcp_connect_failures:rate5m", of)
	}
	BEGIN {
		seed = 1
		split("established syn_sent syn_recv fin_wait1 fin_wait2 time_wait close close_wait last_ack listen closing", states)
		for (h = 0; h < hosts; h++)
			host("cluster=\"blue\",node=\"node-" h "\"")
		print "# EOF"
	}'
}

samples >"$out/samples"
promtool tsdb create-blocks-from --max-block-duration=24h openmetrics "$out/samples" "$out/data" >/dev/null
series=$(($(wc -l <"$out/samples") / 3))
rm "$out/samples"

echo 'global: {}' >"$out/prometheus.yml"
prometheus --config.file="$out/prometheus.yml" --storage.tsdb.path="$out/data" --storage.tsdb.retention.time=100y \
	--web.listen-address=127.0.0.1:9090 >"$out/log" 2>&1 &
server=$!
trap 'kill $server; wait $server || true; rm -rf "$out/data"' EXIT
trap 'exit 143' TERM INT HUP
for _ in $(seq 300); do
	! wget -qO /dev/null http://127.0.0.1:9090/-/ready || break
	sleep 1
done

# Of deploy/grafana/fleet.json, as Grafana asks them when All is chosen: `instant` or `range`, and the expression.
# shellcheck disable=SC2016 # variables of Grafana
questions() {
	awk -F '"expr": ' '
		BEGIN { kind = "range" }
		NF > 1 { asked(); expression = $2 }
		/"instant": true/ { kind = "instant" }
		function asked() { if (expression != "") print kind, expression; kind = "range" }
		END { asked() }' deploy/grafana/fleet.json |
		sed -e 's/ "/ /' -e 's/",\{0,1\}$//' -e 's/\\"/"/g' -e 's/\$__rate_interval/10m/g' \
			-e 's/"\$\(job\|cluster\|node\|netns\|namespace\|pod\|host\)"/".*"/g' -e 's/\$host(/.*(/g'
}

# ask KIND EXPRESSION: milliseconds, or what is wrong.
ask() {
	case $1 in
	instant) set -- "$2" instant --time="$end" ;;
	range) set -- "$2" range --start="$start" --end="$end" --step="${step}s" ;;
	esac
	expression=$1
	shift
	since=$(date +%s%N)
	if promtool query "$@" http://127.0.0.1:9090 "$expression" >"$out/answer" 2>"$out/error"; then
		echo $((($(date +%s%N) - since) / 1000000))
	else
		head -c 100 "$out/error" | tr ',\n' '  '
	fi
}

rss() {
	awk '/VmRSS/ {print int($2 / 1024)}' "/proc/$server/status"
}

echo 'hosts,pods,series,RSS MiB,asked,reads,ms,values'
before=$(rss)
questions | while read -r kind question; do
	reads=$(echo "$question" | grep -oE '[a-z:]*(synoptic_|process_|ALERTS|up\b)[a-z0-9_:]*' | head -1)
	took=$(ask "$kind" "$question")
	echo "$hosts,$((hosts * pods)),$series,$before,$kind,$reads,$took,$(grep -c '=>' "$out/answer" || true)"
done
rm "$out/answer" "$out/error"
echo "RSS MiB after all of them: $(rss)"
