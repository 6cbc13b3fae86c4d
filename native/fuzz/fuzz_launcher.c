/*
 * fuzz_launcher.c - the launcher from its arguments and environment to the start of the program, on a
 * kernel that takes or refuses each step.
 *
 * Input: two bytes that say what fails; then texts, each up to a zero byte: four variables of the
 * environment, arguments up to an empty one, and a web configuration.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#undef fprintf
#undef fputs
#define fprintf(file, ...) record_output(__VA_ARGS__)
#define fputs(text, file) record_output("%s", text)
#define calloc(count, size) allocate(count, size)
#define main launcher_main
#define reach reach_by_child

static void record_output(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void *allocate(size_t count, size_t size);
int launcher_main(int argc, char **argv);

#include "../launcher/java_options.c"
#include "../launcher/reach.c"
#undef reach
bool reach(uid_t user, char **program, struct reach_failure *failure);
#include "../launcher/launcher.c"
#undef main
#undef calloc
#undef fprintf
#undef fputs

#define TEXTS 64

enum option {
	ROOT = 1, REACHED = 2, MAY_READ = 4, NO_CHILD = 8, NO_BPF = 16, NO_HANDSHAKES = 32,
	NO_DROP = 64, NO_FILTER = 128, SETENV_FAILS = 256, FCNTL_FAILS = 512, NOT_THERE = 1024,
	READABLE = 2048, CONFIG_MISSING = 4096, LOGS = 8192, NO_MEMORY = 16384,
};

/* The environment. */
static const char *const names[] = {
	"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "RES_OPTIONS", "SYNOPTIC_BPF",
	"SYNOPTIC_BPF_FAILURE", "SYNOPTIC_HANDSHAKES", "SYNOPTIC_HANDSHAKES_FAILURE",
	"SYNOPTIC_PROCESSES", "SYNOPTIC_PROCESSES_FAILURE",
};

enum { RES_OPTIONS = 3, BPF, BPF_FAILURE, HANDSHAKE, HANDSHAKE_FAILURE, PROCESS, PROCESS_FAILURE };

#define VARIABLES COUNT_OF(names)

static bool playing;

#define PLAYING playing
#define OWN_FCNTL set_flags
#include "calls.h"

static uint16_t options;
static char texts[65536], *values[VARIABLES], *given[VARIABLES];
static const char *config;
static char stale[] = "7,8"; /* descriptors of a caller */
static char *arguments[TEXTS + 2];

/* What was done, in this order. */
enum step { NONE, CHILD, COUNTING, WALKING, DROPPED, CONFINED };

static enum step step;
static uid_t dropped_to;
static jmp_buf end;
static int exit_status;

static void record_output(const char *format, ...)
{
	static char output[8192];
	va_list list;

	va_start(list, format);
	vsnprintf(output, sizeof(output), format, list);
	va_end(list);
}

static bool has(enum option option)
{
	return (options & option) != 0;
}

static void *allocate(size_t count, size_t size)
{
	errno = ENOMEM;
	return has(NO_MEMORY) ? NULL : calloc(count, size);
}

static void go_on_to(enum step next)
{
	REQUIRE(step < next);
	step = next;
}

bool reach(uid_t user, char **program, struct reach_failure *failure)
{
	REQUIRE(user == OWN_USER && *program);
	if (has(REACHED))
		return true;
	snprintf(failure->what, sizeof(failure->what), "%s", program[0]);
	failure->why = "no";
	return false;
}

bool may_read_processes(void)
{
	return has(MAY_READ);
}

int start_processes(uid_t user, struct processes *ends, const char **what)
{
	(void)user;
	go_on_to(CHILD);
	*ends = (struct processes){ .question = 10, .answer = 11 };
	*what = "fork";
	return has(NO_CHILD) ? -EAGAIN : 0;
}

static int refuse(struct load_failure *failure)
{
	failure->reason = LOAD_REASON_VERIFIER;
	memset(failure->log, 'x', has(LOGS) ? 5000 : 0);
	failure->log[has(LOGS) ? 5000 : 0] = '\0';
	return -1;
}

int load_handshakes(struct loaded_handshakes *loaded, struct load_failure *failure)
{
	go_on_to(COUNTING);
	*loaded = (struct loaded_handshakes){ 20, 21, 22, { 23, 24 } };
	return has(NO_HANDSHAKES) ? refuse(failure) : 0;
}

int load_with(const struct loaded_handshakes *handshakes, struct loaded *loaded,
	      struct load_failure *failure)
{
	REQUIRE(!handshakes || (step == COUNTING && !has(NO_HANDSHAKES)));
	go_on_to(WALKING);
	*loaded = (struct loaded){ 30, 31 };
	return has(NO_BPF) ? refuse(failure) : 0;
}

/* Of the child that reach() would have. */
int drop_root(uid_t user, const char **what)
{
	(void)user;
	(void)what;
	abort();
}

int drop_privileges(uid_t user, const char **what)
{
	go_on_to(DROPPED);
	dropped_to = user;
	*what = "capset";
	return has(NO_DROP) ? -EPERM : 0;
}

int confine(const char **what)
{
	REQUIRE(step == DROPPED);
	go_on_to(CONFINED);
	*what = "prctl";
	return has(NO_FILTER) ? -EINVAL : 0;
}

char *__real_getenv(const char *name);
char *__wrap_getenv(const char *name);
int __real_setenv(const char *name, const char *value, int replace);
int __wrap_setenv(const char *name, const char *value, int replace);
int __real_unsetenv(const char *name);
int __wrap_unsetenv(const char *name);
uid_t __wrap_geteuid(void);
int __wrap_execvp(const char *file, char *const *list);
_Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status);
FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
int __real_access(const char *path, int mode);
int __wrap_access(const char *path, int mode);

static size_t variable(const char *name)
{
	size_t i = 0;

	while (i < VARIABLES && strcmp(names[i], name) != 0)
		i++;
	REQUIRE(i < VARIABLES);
	return i;
}

char *__wrap_getenv(const char *name)
{
	return playing ? values[variable(name)] : __real_getenv(name);
}

int __wrap_setenv(const char *name, const char *value, int replace)
{
	static char room[VARIABLES][65536];
	size_t i;

	if (!playing)
		return __real_setenv(name, value, replace);
	i = variable(name);
	REQUIRE(replace && strlen(value) < sizeof(room[i]));
	if (has(SETENV_FAILS))
		return fail_with(ENOMEM);
	strcpy(room[i], value);
	values[i] = room[i];
	return 0;
}

int __wrap_unsetenv(const char *name)
{
	if (!playing)
		return __real_unsetenv(name);
	values[variable(name)] = NULL;
	return 0;
}

static int set_flags(int fd, int command)
{
	REQUIRE(fd >= 10 && command == F_SETFD);
	return has(FCNTL_FAILS) ? fail_with(EBADF) : 0;
}

uid_t __wrap_geteuid(void)
{
	return has(ROOT) ? 0 : 1000;
}

/* Nothing starts that has its privileges. */
int __wrap_execvp(const char *file, char *const *list)
{
	REQUIRE(step == CONFINED && !has(NO_DROP) && !has(NO_FILTER));
	REQUIRE(file == *list && file);
	if (has(NOT_THERE))
		return fail_with(ENOENT);
	longjmp(end, 1);
}

_Noreturn void __wrap__exit(int status)
{
	if (!playing)
		__real__exit(status);
	exit_status = status;
	longjmp(end, 2);
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
	if (!playing)
		return __real_fopen(path, mode);
	if (has(CONFIG_MISSING) || !*config)
		return NULL;
	return fmemopen((void *)(uintptr_t)config, strlen(config), "r");
}

int __wrap_access(const char *path, int mode)
{
	if (!playing)
		return __real_access(path, mode);
	REQUIRE(mode == R_OK && *path && strlen(path) < PATH_MAX);
	return has(READABLE) ? 0 : fail_with(EACCES);
}

/* The next text of the input, in `texts`. */
static char *take_text(struct input *input, size_t *used)
{
	char *text = texts + *used;

	while (*used < sizeof(texts) - 1 && input->left && *input->at)
		texts[(*used)++] = (char)take(input);
	take(input);
	texts[*used] = '\0';
	*used += *used < sizeof(texts) - 1;
	return text;
}

static void begin(struct input *input)
{
	size_t used = 0;
	int count = 1;

	options = take_16(input);
	for (size_t i = 0; i <= RES_OPTIONS; i++) {
		given[i] = take_text(input, &used);
		/* A variable that isn't there is another case than an empty one. */
		values[i] = strcmp(given[i], "-") == 0 ? NULL : given[i];
	}
	for (size_t i = RES_OPTIONS + 1; i < VARIABLES; i++)
		values[i] = given[i] = stale;
	arguments[0] = texts + sizeof(texts) - 1;
	do
		arguments[count] = take_text(input, &used);
	while (*arguments[count] && ++count <= TEXTS);
	arguments[count] = NULL;
	config = take_text(input, &used);
	step = NONE;
	exit_status = -1;
}

/* What the arguments ask for, read once more. */
static struct {
	bool bpf, handshakes, processes, valid;
	uid_t user;
	char **program;
} asked;

static void read_arguments(void)
{
	char **at = arguments + 1;

	memset(&asked, 0, sizeof(asked));
	asked.user = DROP_NO_USER;
	asked.valid = true;
	for (; *at && (*at)[0] == '-' && (*at)[1] == '-'; at++) {
		const char *name = *at + 2;
		bool number = strncmp(name, "user=", 5) == 0 && name[5] &&
			      strspn(name + 5, "0123456789") == strlen(name + 5);

		asked.bpf |= strcmp(name, "bpf") == 0;
		asked.handshakes |= strcmp(name, "handshakes") == 0;
		asked.processes |= strcmp(name, "processes") == 0;
		if (number) {
			double value = strtod(name + 5, NULL);

			number = value < DROP_NO_USER;
			asked.user = number ? (uid_t)value : asked.user;
		}
		asked.valid &= number || strcmp(name, "bpf") == 0 ||
			       strcmp(name, "handshakes") == 0 || strcmp(name, "processes") == 0;
	}
	asked.program = at;
	asked.valid &= *at != NULL;
}

/* One of the two, as the step went; neither if it wasn't asked for. */
static void require_handed_over(bool wanted, bool failed, size_t at, const char *descriptors)
{
	if (!wanted)
		REQUIRE(!values[at] && !values[at + 1]);
	else if (failed)
		REQUIRE(!values[at] && values[at + 1] && strchr(values[at + 1], ',') == NULL);
	else
		REQUIRE(values[at] && strcmp(values[at], descriptors) == 0 && !values[at + 1]);
}

/* Of Java's options those that are left are there in their order, and none is the agent's. */
static void require_java_options(size_t i)
{
	static const char blanks[] = " \t\n";
	const char *left = values[i] ? values[i] : "", *at = given[i];

	if (strcmp(given[i], "-") == 0)
		return;
	for (left += strspn(left, blanks); *left; left += strspn(left, blanks)) {
		size_t length = strcspn(left, blanks);

		REQUIRE(strncmp(left, "-Xmx", 4) != 0 && strncmp(left, "-Xms", 4) != 0);
		for (at += strspn(at, blanks); *at; at += strspn(at, blanks)) {
			size_t word = strcspn(at, blanks);
			bool same = word == length && memcmp(at, left, length) == 0;

			/* What is missing is an option of the virtual machine. */
			REQUIRE(same || strncmp(at, "-X", 2) == 0);
			at += word;
			if (same)
				break;
		}
		left += length;
	}
}

static void require_started(void)
{
	uid_t user = asked.user;

	REQUIRE(asked.valid);
	if (user == DROP_NO_USER && has(ROOT) && has(REACHED))
		user = OWN_USER;
	REQUIRE(dropped_to == user);
	require_handed_over(asked.bpf, has(NO_BPF), BPF, "30,31");
	require_handed_over(asked.handshakes, has(NO_HANDSHAKES), HANDSHAKE, "20,21,22");
	require_handed_over(asked.processes, !has(MAY_READ) || has(NO_CHILD), PROCESS, "10,11");
	REQUIRE(values[RES_OPTIONS] && strncmp(values[RES_OPTIONS], "single-request", 14) == 0);
	for (size_t i = 0; i < RES_OPTIONS; i++)
		require_java_options(i);
}

/* The files that an argument or the configuration names, as the child would collect them. */
static void collect_files(void)
{
	struct files files = { .count = 0 };

	collect(&files, asked.program);
	REQUIRE(files.count <= FILES && (has(READABLE) || files.count == 0));
	for (int i = 0; i < files.count; i++) {
		REQUIRE(*files.name[i] && strlen(files.name[i]) < PATH_MAX);
		free(files.name[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input input = { bytes, size };
	int how;

	begin(&input);
	read_arguments();
	playing = true;
	how = setjmp(end);
	if (how == 0) {
		exit_status = launcher_main(0, arguments);
		REQUIRE(exit_status == (asked.valid ? CAN_NOT_START : WRONG_OPTION));
	} else if (how == 1) {
		require_started();
	} else {
		REQUIRE(has(NOT_THERE) && exit_status == NOT_FOUND);
	}
	if (asked.valid)
		collect_files();
	playing = false;
	return 0;
}
