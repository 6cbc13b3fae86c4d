/* tcplab.c - puts a network namespace into a chosen population of TCP states. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "census.h"
#include "failure.h"
#include "plan.h"
#include "population.h"
#include "workers.h"

#define MOST_SECONDS 999999999

#define EXIT_USAGE 2

static const char help[] =
"usage: tcplab [--for=SECONDS] POPULATION...\n"
"\n"
"Makes the POPULATIONs in the current network namespace, on loopback, prints how many\n"
"sockets are in which state, and holds them. lo must be up; no other program should\n"
"connect to the listeners.\n"
"\n"
"POPULATION\n"
"  FAMILY:STATE=N      N connections, or N listeners\n"
"  FAMILY:listener=N[,backlog=B][,fill=F][,group=G][,port=P]\n"
"                      N groups of G (1) listeners with SO_REUSEPORT and backlog B\n"
"                      (128), on the ports P, P+1, ... (any). F (0) completed\n"
"                      connections wait in the accept queues of each group, those of\n"
"                      its first listener filled first; B + 1 fit into each. A group\n"
"                      and its F clients are one process's.\n"
"  FAMILY:syn=N[,backlog=B][,port=P]\n"
"                      N SYNs without a last ACK, each from a port of its own (of\n"
"                      127.0.0.2 or ::1), at one listener of backlog B (2 N, at least\n"
"                      128) on port P (any). B + 1 become syn_recv sockets, fewer with\n"
"                      SYN cookies off; if more than B / 2 do, they hold 7 s at most.\n"
"                      Needs CAP_NET_RAW.\n"
"                      net.core.somaxconn limits every B.\n"
"\n"
"FAMILY\n"
"  ipv4    127.0.0.1 at both ends\n"
"  ipv6    ::1 at both ends\n"
"  mapped  ::ffff:127.0.0.1 at both ends, of AF_INET6 sockets; but a listener or syn\n"
"          listens on ::, and so its LISTEN socket counts as ipv6\n"
"\n"
"STATE              makes, for each connection               holds\n"
"  established      established, established                 forever\n"
"  syn_sent         syn_sent; a listener per 4000            4 h\n"
"  syn_recv         established, syn_recv; a listener\n"
"                   per somaxconn / 2, at most 4000          38 min\n"
"  fin_wait1        fin_wait1, established                   24 h\n"
"  fin_wait2        fin_wait2, close_wait                    forever\n"
"  close_wait       close_wait, fin_wait2                    forever\n"
"  last_ack         last_ack, fin_wait2                      24 h\n"
"  closing          closing, fin_wait1                       24 h\n"
"  time_wait        time_wait                                60 s\n"
"  listen           listen, of backlog 128                   forever\n"
"  keepalive        established with SO_KEEPALIVE, without   forever\n"
"  retransmitting   established that repeats a segment,\n"
"                   established                              24 h\n"
"  zero_window      established that probes a window of 0,\n"
"                   established that reads nothing           forever\n"
"  repeated_syn     as syn_sent, when the SYN was repeated   4 h\n"
"  repeated_syn_ack as syn_recv, when the SYN-ACK was        38 min\n"
"  orphan           fin_wait1 that no program has open,\n"
"                   established                              24 h\n"
"All but established, fin_wait2, close_wait, time_wait, listen, keepalive and\n"
"zero_window attach a filter to a TCP socket, for which Linux 6.18 wants\n"
"CAP_NET_ADMIN.\n"
"\n"
"OPTIONS\n"
"  --for=SECONDS    ends after that time; without it, at the end of stdin\n"
"  --help           prints this\n"
"SIGTERM, SIGINT and SIGHUP end it, too.\n"
"\n"
"Ports not asked for lie outside net.ipv4.ip_local_port_range, while any are free.\n"
"500,000 connections at most; they take about 4 GB and half a minute. No sysctl is\n"
"changed. At the end no socket is left but those in time_wait.\n"
"\n"
"OUTPUT, when all sockets are made; listeners and both ends are counted:\n"
"  ipv4 established 400    sockets, not connections; a line per family and state\n"
"  holds 57                seconds from now that every count stays exact, or `forever'\n"
"  ready\n"
"\n"
"EXIT STATUS: 0 all sockets were made and held until the end; 1 they were not;\n"
"2 the arguments are not understood. Other than 0 comes with one line on stderr.\n"
"\n"
"EXAMPLES\n"
"  tcplab ipv4:established=1000 mapped:close_wait=20\n"
"  tcplab --for=30 ipv4:listener=1,backlog=16,fill=17,port=8443 ipv6:syn=100 </dev/null\n"
"  ip netns exec test tcplab ipv4:time_wait=500 ipv6:listen=3\n";

struct arguments {
	struct population *populations;
	size_t count;
	unsigned seconds;
};

static int parse_option(const char *option, struct arguments *arguments)
{
	static const char seconds[] = "--for=";
	const char *value = strchr(option, '=');
	int length = value ? (int)strlen(++value) : 0;

	if (strncmp(option, seconds, strlen(seconds)) == 0)
		return population_number(value, length, 1, MOST_SECONDS, &arguments->seconds) == 0 ?
		       0 : failure(EINVAL, "%s: write --for=SECONDS, a whole number from 1",
				   option);
	return failure(EINVAL, "%s: unknown option: use --for=SECONDS or --help",
		       option);
}

static int parse(int argc, char **argv, struct arguments *arguments)
{
	uint64_t size = 0;

	for (int i = 1; i < argc; i++) {
		struct population *population = &arguments->populations[arguments->count];
		int result;

		if (argv[i][0] == '-') {
			result = parse_option(argv[i], arguments);
		} else {
			result = population_parse(argv[i], population);
			arguments->count++;
		}
		if (result < 0)
			return result;
		size += argv[i][0] == '-' ? 0 : population_size(population);
	}
	if (arguments->count == 0)
		return failure(EINVAL, "no population: name one, such as ipv4:established=10, or "
			       "see --help");
	if (size > POPULATION_MOST)
		return failure(EINVAL, "the populations add up to %llu connections and listeners: "
			       "ask for %u at most", (unsigned long long)size, POPULATION_MOST);
	return 0;
}

static int run(const struct arguments *arguments)
{
	struct bounds bounds;
	struct plan plan = { .chunks = NULL };
	struct workers workers;
	struct census census;
	int result = bounds_read(&bounds);

	if (result == 0)
		result = plan_make(&plan, arguments->populations, arguments->count, &bounds);
	if (result == 0)
		result = plan_claim(&plan, arguments->populations, arguments->count, &bounds);
	if (result == 0) {
		result = workers_make(&workers, &plan, &census);
		if (result == 0)
			result = census_report(&census, stdout);
		if (result == 0)
			result = workers_wait(&workers, arguments->seconds);
		workers_end(&workers);
	}
	plan_end(&plan);
	return result;
}

static int say(const char *why, int status)
{
	fprintf(stderr, "tcplab: %s\n", why);
	return status;
}

int main(int argc, char **argv)
{
	struct arguments arguments = { .seconds = 0 };
	int status = EXIT_SUCCESS;

	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0)
			return fputs(help, stdout) < 0 || fflush(stdout) ? EXIT_FAILURE
									  : EXIT_SUCCESS;
	/* If nobody reads the report any more, a write fails, and no signal ends the lab. */
	signal(SIGPIPE, SIG_IGN);
	arguments.populations = calloc((size_t)argc, sizeof(*arguments.populations));
	if (!arguments.populations)
		return say("out of memory", EXIT_FAILURE);
	if (parse(argc, argv, &arguments) < 0)
		status = say(failure_text(), EXIT_USAGE);
	else if (run(&arguments) < 0)
		status = say(failure_text(), EXIT_FAILURE);
	free(arguments.populations);
	return status;
}
