/* What the launcher starts has no privilege, and can't get one back. */
#include "synoptic.h"

#include "node.h"
#include "launched.h"

#include <linux/bpf.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define USER 65534

/* What the program under the launcher answers: its exit status. */
enum { HELPLESS = 10, PRIVILEGED = 11, BLIND = 12 };

static int run(const char *first, const char *second, const char *order)
{
	char *arguments[6] = { launcher };
	int count = 1;

	if (first)
		arguments[count++] = (char *)first;
	if (second)
		arguments[count++] = (char *)second;
	if (order) {
		arguments[count++] = self;
		arguments[count++] = (char *)order;
	}
	return run_as(geteuid(), arguments);
}

static bool has_capabilities(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];
	unsigned long long value, all = 0;
	int lines = 0;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Cap%*3c: %llx", &value) == 1) {
			all |= value;
			lines++;
		}
	return lines != 5 || all != 0;
}

/* Every way up that there is. Returns whether one led there. */
static bool regain(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct all[2] = {
		{ ~0u, ~0u, ~0u }, { ~0u, ~0u, ~0u },
	};
	union bpf_attr programs = { .start_id = 0 };
	bool led = false;

	led |= syscall(SYS_capset, &header, all) == 0;
	led |= prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_BPF, 0, 0) == 0;
	led |= prctl(PR_SET_SECUREBITS, 0) == 0;
	led |= prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0;
	led |= prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1;
	led |= syscall(SYS_bpf, BPF_PROG_GET_NEXT_ID, &programs, sizeof(programs)) == 0;
	led |= unshare(CLONE_NEWNET) == 0;
	return led || has_capabilities();
}

static bool is_nobody(void)
{
	return setuid(0) < 0 && setgid(0) < 0 && getuid() == USER && geteuid() == USER &&
	       getegid() == USER && getgroups(0, NULL) == 0;
}

static int scan_as_handed_over(void)
{
	const char *descriptors = getenv("SYNOPTIC_BPF");

	if (!descriptors || getenv("SYNOPTIC_BPF_FAILURE") ||
	    sscanf(descriptors, "%d,%d", &node_descriptors.program,
		   &node_descriptors.records) != 2)
		return BLIND;
	return node_scan_once() == 0 && node->table[SYNOPTIC_NAMESPACES].count > 0 ? HELPLESS
										   : BLIND;
}

/* This program, as the launcher starts it. */
static int obey(const char *order)
{
	if (strcmp(order, "regain") == 0)
		return regain() ? PRIVILEGED : HELPLESS;
	if (strcmp(order, "scan as nobody") == 0)
		return regain() || !is_nobody() ? PRIVILEGED : scan_as_handed_over();
	if (strcmp(order, "expect failure") == 0)
		return !getenv("SYNOPTIC_BPF") && getenv("SYNOPTIC_BPF_FAILURE") ? HELPLESS : BLIND;
	if (strcmp(order, "expect nothing") == 0)
		return !getenv("SYNOPTIC_BPF") && !getenv("SYNOPTIC_BPF_FAILURE") ? HELPLESS : BLIND;
	return 1;
}

TEST(root_loses_every_capability_and_gets_none_back)
{
	find_launcher();
	need_root();
	CHECK_EQUAL(HELPLESS, run(NULL, NULL, "regain"));
}

TEST(as_nobody_without_a_capability_it_still_scans_all_namespaces)
{
	find_launcher();
	need_root();
	node_load();
	CHECK_EQUAL(HELPLESS, run("--bpf", "--user=65534", "scan as nobody"));
}

TEST(who_may_not_load_is_started_all_the_same_and_warned)
{
	char *arguments[] = { launcher, "--bpf", self, "expect failure", NULL };

	find_launcher();
	CHECK_EQUAL(HELPLESS, run_as(geteuid() == 0 ? USER : geteuid(), arguments));
	CHECK_EQUAL(0, strlen(said));
}

/* The launcher with another program, which writes to an address of its own making. */
TEST(what_the_verifier_says_of_a_program_it_refuses_is_shown)
{
	char refused[sizeof(launcher) + 16];
	char *arguments[] = { refused, "--bpf", self, "expect failure", NULL };

	find_launcher();
	need_root();
	node_load();
	snprintf(refused, sizeof(refused), "%s-refused", launcher);
	CHECK_EQUAL(HELPLESS, run_as(geteuid(), arguments));
	CHECK(strstr(said, "the BPF program could not be loaded: verifier"));
	CHECK(strstr(said, "invalid mem access"));
}

TEST(what_the_environment_says_of_descriptors_is_not_passed_on)
{
	find_launcher();
	setenv("SYNOPTIC_BPF", "0,1", 1);
	setenv("SYNOPTIC_BPF_FAILURE", "made up", 1);
	CHECK_EQUAL(HELPLESS, run(NULL, NULL, "expect nothing"));
	unsetenv("SYNOPTIC_BPF");
	unsetenv("SYNOPTIC_BPF_FAILURE");
}

TEST(wrong_options_start_nothing)
{
	find_launcher();
	CHECK_EQUAL(2, run(NULL, NULL, NULL));
	CHECK_EQUAL(2, run("--user=", NULL, "regain"));
	CHECK_EQUAL(2, run("--user=-1", NULL, "regain"));
	CHECK_EQUAL(2, run("--user=4294967295", NULL, "regain"));
	CHECK_EQUAL(2, run("--root", NULL, "regain"));
	CHECK_EQUAL(127, run("/nonexistent", NULL, NULL));
}

/* Runs a script of sh under the launcher, with one more argument that may be none. */
static int run_script(const char *script, const char *argument)
{
	char *arguments[] = { launcher, "/bin/sh", "-c", (char *)script, (char *)argument, NULL };

	return run_as(geteuid(), arguments);
}

#define AM_I_OWN_USER "test \"$(id -u) $(id -g) $(id -G)\" = '65529 65529 65529'"

TEST(root_becomes_a_user_of_the_agents_own_and_can_not_read_what_is_roots)
{
	char secret[] = "/tmp/synoptic-secret-XXXXXX";
	int fd;

	need_to_start();
	need_root();
	fd = mkstemp(secret);
	CHECK(fd >= 0 && close(fd) == 0);
	CHECK_EQUAL(0, setenv("SECRET", secret, 1));
	CHECK_EQUAL(0, run_script(AM_I_OWN_USER, NULL));
	CHECK_EQUAL(0, strlen(said));
	CHECK(run_script("exec 3<\"$SECRET\"", NULL) != 0);
	CHECK(strstr(said, "Permission denied"));
	CHECK_EQUAL(0, unlink(secret));
}

/* A folder with a key that is root's, and a configuration that everybody may read. */
static char folder[] = "/tmp/synoptic-launcher-XXXXXX";

static const char *path_of(const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void write_file(const char *name, mode_t mode, const char *text)
{
	FILE *file = fopen(path_of(name), "we");

	CHECK(file && fputs(text, file) >= 0 && fclose(file) == 0);
	CHECK_EQUAL(0, chmod(path_of(name), mode));
}

static const char *const unreachable[] = {
	"%s/key", "@%s/key", "-Dpath=%s/key", "--web.config.file=%s/hidden", "--path.logs=%s/closed",
};

static const char *const configs[] = {
	"tls_server_config:\n  key_file: key\n", "tls_server_config: {key_file: key}\n",
	"tls_server_config: {cert_file: open, key_file: \"key\", x: y}\n",
	"a:\n  client_ca_file: 'key' # it is\n",
};

static void stays_root(const char *argument)
{
	CHECK_EQUAL(0, run_script("test $(id -u) = 0", argument));
	CHECK(strstr(said, "it stays root, for as uid 65529: "));
	CHECK(strstr(said, ": Permission denied; SYNOPTIC_USER=UID names another user\n"));
	CHECK_EQUAL(strlen(said), strcspn(said, "\n") + 1);
}

TEST(root_stays_root_where_it_could_not_read_its_files_otherwise)
{
	char argument[128];

	need_to_start();
	need_root();
	CHECK(mkdtemp(folder) && chmod(folder, 0755) == 0);
	write_file("key", 0600, "");
	write_file("hidden", 0600, "");
	write_file("open", 0644, "");
	CHECK_EQUAL(0, mkdir(path_of("closed"), 0700));
	for (size_t i = 0; i < sizeof(unreachable) / sizeof(unreachable[0]); i++) {
		snprintf(argument, sizeof(argument), unreachable[i], folder);
		stays_root(argument);
	}
	snprintf(argument, sizeof(argument), "--web.config.file=%s", path_of("web.yml"));
	for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
		write_file("web.yml", 0644, configs[i]);
		stays_root(argument);
	}
	CHECK_EQUAL(0, chmod(path_of("key"), 0644));
	CHECK_EQUAL(0, run_script(AM_I_OWN_USER, argument));
	CHECK_EQUAL(0, strlen(said));
	snprintf(argument, sizeof(argument), "rm -r %s", folder);
	CHECK_EQUAL(0, system(argument));
}

/* Of a user namespace in which there is no other user. */
TEST(root_stays_root_where_there_is_no_other_user)
{
	char *arguments[] = { "/usr/bin/unshare", "--user", "--map-root-user", launcher, "/bin/sh",
			      "-c", "test $(id -u) = 0", NULL };

	need_to_start();
	if (run_as(geteuid(), arguments) != 0 && !strstr(said, "it stays root"))
		SKIP("no user namespace can be made here");
	CHECK(strstr(said, "it stays root, for as uid 65529: set"));
}

TEST(who_can_not_be_dropped_starts_nothing_and_the_call_is_named)
{
	char *arguments[] = { "/usr/bin/setpriv", "--bounding-set=-setpcap", launcher, "--user=7",
			      "/bin/true", NULL };

	need_to_start();
	need_root();
	CHECK_EQUAL(126, run_as(geteuid(), arguments));
	CHECK(strstr(said, "can not be given up: prctl(PR_CAPBSET_DROP): Operation not permitted"));
}

TEST(names_are_resolved_without_the_call_that_is_refused)
{
	find_launcher();
	setenv("RES_OPTIONS", "ndots:2", 1);
	CHECK_EQUAL(0, run_script("test \"$RES_OPTIONS\" = 'single-request ndots:2'", NULL));
	unsetenv("RES_OPTIONS");
	CHECK_EQUAL(0, run_script("test \"$RES_OPTIONS\" = single-request", NULL));
}

static const struct {
	const char *set, *kept;
} java_options[] = {
	{ "-XX:+UseG1GC", "" },
	{ "-Xmx2g -Dkept=1  -XX:-UseSerialGC -Xlog:gc", "-Dkept=1 -Xlog:gc" },
	{ "-XX:MaxRAMPercentage=75 -Xms1g -Xmn1m \"-Dkept=a b\"", "\"-Dkept=a b\"" },
	{ "-XX:InitialHeapSize=1g -javaagent:x.jar -XX:NewSize=1m", "-javaagent:x.jar" },
};

TEST(of_javas_options_in_the_environment_those_that_the_agent_settles_are_left_out)
{
	static const char *const variables[] = {
		"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS",
	};
	char script[64];

	need_to_start();
	for (size_t i = 0; i < 3; i++) {
		snprintf(script, sizeof(script), "test \"$%s\" = \"$KEPT\"", variables[i]);
		for (size_t j = 0; j < sizeof(java_options) / sizeof(java_options[0]); j++) {
			setenv(variables[i], java_options[j].set, 1);
			setenv("KEPT", java_options[j].kept, 1);
			CHECK_EQUAL(0, run_script(script, NULL));
			CHECK(strstr(said, "it leaves out -X") && strstr(said, variables[i]));
			CHECK_EQUAL(strlen(said), strcspn(said, "\n") + 1);
		}
		setenv(variables[i], "-Dkept=1  -Xlog:gc", 1);
		setenv("KEPT", "-Dkept=1  -Xlog:gc", 1);
		CHECK_EQUAL(0, run_script(script, NULL));
		CHECK_EQUAL(0, strlen(said));
		unsetenv(variables[i]);
	}
}

/* Not return: what looks for leaks at the end does so with ptrace. */
int main(int argc, char **argv)
{
	if (argc > 1)
		_exit(obey(argv[1]));
	return run_tests("test_launcher");
}
