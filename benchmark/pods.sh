#!/bin/sh
# What a node of many pods costs a Prometheus at each --netns.detail: pods.sh SECONDS FOLDER, called by
# scripts/bench fleet in a network and a mount namespace of its own; not in a PID namespace, where a pod's
# counters could not be found.
#
# 110 network namespaces of three listeners, each with connections both ways, of which handshakes are counted; one
# agent for each level of detail. Each agent has two Prometheus servers with the shipped rules: one scrapes it once,
# the other under five instances' names, so that what a node adds is a difference. All run side by side.
set -eu

seconds=$1
out=$2
pods=110
nodes=5
interval=15
levels='states listeners all'

started=
# shellcheck disable=SC2086 # many words
trap 'kill $started 2>/dev/null || true' EXIT
trap 'exit 143' INT TERM HUP

ip link set lo up
mkdir -p /run/netns
mount -t tmpfs none /run/netns
for i in $(seq "$pods"); do
	ip netns add "pod-$i"
	ip -n "pod-$i" link set lo up
	ip netns exec "pod-$i" tcplab --for=$((seconds + 400)) ipv4:listener=3,backlog=128,fill=2,port=7000 \
		ipv4:established=6 ipv4:close_wait=2 >/dev/null </dev/null &
	started="$started $!"
done

# agent_port LEVEL
agent_port() {
	case $1 in
	states) echo 10119 ;;
	listeners) echo 10120 ;;
	all) echo 10121 ;;
	esac
}

for level in $levels; do
	agent/target/dist/synoptic --web.listen-address="127.0.0.1:$(agent_port "$level")" --netns=all \
		--netns.detail="$level" --netns.include='pod-*' >/dev/null &
	started="$started $!"
	echo $! >"$out/$level.pid"
done
sleep 20
for i in $(seq "$pods"); do # one handshake of each listener
	for listener in 7000 7001 7002; do
		ip netns exec "pod-$i" bash -c ": </dev/tcp/127.0.0.1/$listener"
	done
done

# server NAME INSTANCES PORT AGENT_PORT
server() {
	folder=$out/$1
	rm -rf "$folder"
	mkdir -p "$folder"
	{
		echo "global: {scrape_interval: ${interval}s}"
		echo "rule_files: ['$PWD/deploy/prometheus/synoptic.rules.yml']"
		echo 'scrape_configs:'
		echo "- {job_name: prometheus, static_configs: [{targets: ['127.0.0.1:$3']}]}"
		echo '- job_name: synoptic'
		echo '  honor_labels: true'
		echo '  static_configs:'
		for i in $(seq "$2"); do
			echo "  - {targets: ['127.0.0.1:$4'], labels: {instance: 'node-$i:10119', __param_node: '$i'}}"
		done
	} >"$folder/prometheus.yml"
	prometheus --config.file="$folder/prometheus.yml" --storage.tsdb.path="$folder/data" \
		--web.listen-address="127.0.0.1:$3" >"$folder/log" 2>&1 &
	started="$started $!"
}

port=9090
for level in $levels; do
	server "$level-1" 1 "$port" "$(agent_port "$level")"
	server "$level-$nodes" "$nodes" $((port + 1)) "$(agent_port "$level")"
	port=$((port + 2))
done

# The same nodes at the least detail by a Prometheus in agent mode, which stores and evaluates nothing, and the server
# that it writes to.
mkdir -p "$out/sender" "$out/receiver"
sed -e '/^rule_files/d' -e 's/127.0.0.1:9091/127.0.0.1:9096/' "$out/states-$nodes/prometheus.yml" >"$out/sender/prometheus.yml"
echo "remote_write: [{url: 'http://127.0.0.1:9097/api/v1/write'}]" >>"$out/sender/prometheus.yml"
printf '%s\n' "rule_files: ['$PWD/deploy/prometheus/synoptic.rules.yml']" 'scrape_configs:' \
	"- {job_name: receiver, static_configs: [{targets: ['127.0.0.1:9097']}]}" >"$out/receiver/prometheus.yml"
rm -rf "$out/sender/data" "$out/receiver/data"
prometheus --enable-feature=agent --config.file="$out/sender/prometheus.yml" --storage.agent.path="$out/sender/data" \
	--web.listen-address=127.0.0.1:9096 >"$out/sender/log" 2>&1 &
started="$started $!"
prometheus --web.enable-remote-write-receiver --config.file="$out/receiver/prometheus.yml" \
	--storage.tsdb.path="$out/receiver/data" --web.listen-address=127.0.0.1:9097 >"$out/receiver/log" 2>&1 &
started="$started $!"

# ask PORT EXPRESSION: its value.
ask() {
	promtool query instant "http://127.0.0.1:$1" "$2" | sed -n 's/.*=> \([^ ]*\) @.*/\1/p'
}

# ticks PID: CPU of a process so far, in ms.
ticks() {
	cut -d ' ' -f 14,15 "/proc/$1/stat" | awk -v each="$(getconf CLK_TCK)" '{print 1000 * ($1 + $2) / each}'
}

# scrape_ms PID PORT: CPU of the agent for a scrape, less what its sampler takes in that time.
scrape_ms() {
	idle=$(ticks "$1")
	sleep 15
	before=$(ticks "$1")
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		wget -qO /dev/null --header='Accept-Encoding: gzip' "http://127.0.0.1:$2/metrics"
		sleep 1.5
	done
	after=$(ticks "$1")
	echo "$idle $before $after" | awk '{printf "%.0f\n", ($3 - $2 - ($2 - $1)) / 10}'
}

sleep 120 # rates need five minutes, their start two
sleep "$seconds"
printf '%s\n' "detail,series a node,series a pod,body bytes,gzip bytes,recorded series a pod,recorded series a node,\
head series of 1 node,of $nodes,prometheus rss MiB of 1 node,of $nodes,cpu ms a second of 1 node,of $nodes,bytes a series"
port=9090
for level in $levels; do
	more=$((port + 1))
	agent=$(agent_port "$level")
	one=$(ask "$port" prometheus_tsdb_head_series)
	many=$(ask "$more" prometheus_tsdb_head_series)
	rss_one=$(ask "$port" "process_resident_memory_bytes{job='prometheus'} / 2 ^ 20")
	rss_many=$(ask "$more" "process_resident_memory_bytes{job='prometheus'} / 2 ^ 20")
	cpu="1000 * rate(process_cpu_seconds_total{job='prometheus'}[${seconds}s])"
	echo "$level,$(ask "$port" "max(scrape_samples_scraped{job='synoptic'})"),$(
		ask "$port" "count({__name__=~'synoptic_.+',netns=~'pod-.+'}) / $pods"),$(
		wget -qO- "http://127.0.0.1:$agent/metrics" | wc -c),$(
		wget -qO- --header='Accept-Encoding: gzip' "http://127.0.0.1:$agent/metrics" | wc -c),$(
		ask "$port" "count({__name__=~'[a-z]+:.+',netns=~'pod-.+'}) / $pods"),$(
		ask "$port" "count({__name__=~'[a-z]+:.+'})"),$one,$many,$rss_one,$rss_many,$(
		ask "$port" "$cpu"),$(ask "$more" "$cpu"),$(
		echo "$one $many $rss_one $rss_many" | awk '{printf "%.0f", ($4 - $3) * 1048576 / ($2 - $1)}')"
	port=$((port + 2))
done
printf '%s\n' "$nodes nodes of states,rss MiB,series,samples a second"
echo "agent mode,$(ask 9097 "process_resident_memory_bytes{job='prometheus'} / 2 ^ 20"),$(
	ask 9097 "prometheus_agent_active_series{job='prometheus'}"),$(
	ask 9097 "rate(prometheus_remote_storage_samples_total{job='prometheus'}[${seconds}s])")"
echo "receiver,$(ask 9097 "process_resident_memory_bytes{job='receiver'} / 2 ^ 20"),$(
	ask 9097 "prometheus_tsdb_head_series{job='receiver'}"),$(
	ask 9097 "rate(prometheus_tsdb_head_samples_appended_total{job='receiver'}[${seconds}s])")"
printf '%s\n' 'detail,agent cpu ms a scrape,agent rss KiB'
for level in $levels; do
	read -r pid <"$out/$level.pid"
	rm "$out/$level.pid"
	echo "$level,$(scrape_ms "$pid" "$(agent_port "$level")"),$(awk '/VmRSS/ {print $2}' "/proc/$pid/status")"
done
