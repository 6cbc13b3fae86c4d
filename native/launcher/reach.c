/* reach.c - whether another user can start a program and read its files: tried by a child. */
#include "reach.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drop.h"

#define WEB_CONFIG "--web.config.file"
#define FILES 256
#define LONGEST_CONFIG 65536

struct files {
	int count;
	char *name[FILES];
};

/* The first of them only, as many as there is room for. */
static void add(struct files *files, const char *name)
{
	if (*name && files->count < FILES && access(name, R_OK) == 0)
		files->name[files->count++] = strdup(name);
}

/* A value in YAML: plain or quoted, in a line of its own or in {...}. */
static void add_value(struct files *files, const char *folder, const char *value)
{
	char path[PATH_MAX];
	size_t length;

	value += strspn(value, " \t");
	length = strcspn(value, *value == '"' || *value == '\'' ? "\n" : ",}#\n");
	if (*value == '"' || *value == '\'') {
		const char *end = strchr(value + 1, *value);

		value++;
		length = end ? (size_t)(end - value) : 0;
	}
	while (length > 0 && strchr(" \t\r", value[length - 1]))
		length--;
	if (*value == '/')
		snprintf(path, sizeof(path), "%.*s", (int)length, value);
	else
		snprintf(path, sizeof(path), "%s/%.*s", folder, (int)length, value);
	if (length > 0)
		add(files, path);
}

/* Every value of a key ..._file. The file is read as text, not parsed as YAML. */
static void add_config(struct files *files, const char *config)
{
	static char text[LONGEST_CONFIG];
	char path[PATH_MAX];
	const char *folder;
	FILE *file = fopen(config, "re");
	size_t length;

	if (!file)
		return;
	length = fread(text, 1, sizeof(text) - 1, file);
	text[length] = '\0';
	fclose(file);
	snprintf(path, sizeof(path), "%s", config);
	folder = dirname(path);
	for (const char *key = strstr(text, "_file:"); key; key = strstr(key, "_file:")) {
		key += strlen("_file:");
		add_value(files, folder, key);
	}
}

/* The file that an argument may name. */
static const char *name_in(const char *argument)
{
	const char *equals = argument[0] == '-' ? strchr(argument, '=') : NULL;

	if (equals)
		return equals + 1;
	return argument[0] == '@' ? argument + 1 : argument;
}

static void collect(struct files *files, char **program)
{
	for (int i = 0; program[i]; i++) {
		if (i > 0 || strchr(program[i], '/'))
			add(files, name_in(program[i]));
		if (strncmp(program[i], WEB_CONFIG "=", sizeof(WEB_CONFIG)) == 0)
			add_config(files, program[i] + sizeof(WEB_CONFIG));
		else if (strcmp(program[i], WEB_CONFIG) == 0 && program[i + 1])
			add_config(files, program[i + 1]);
	}
}

/* The program itself is the first of the files, unless it is looked for. */
static int use(const char *file, bool is_program)
{
	struct stat status;

	if (access(file, R_OK) < 0)
		return -errno;
	if (stat(file, &status) == 0 && (is_program || S_ISDIR(status.st_mode)) &&
	    access(file, X_OK) < 0)
		return -errno;
	return 0;
}

/* Returns what fails, or NULL, and -errno. */
static const char *try_all(uid_t user, char **program, int *status)
{
	static struct files files;
	const char *what = NULL;

	collect(&files, program);
	*status = drop_root(user, &what);
	if (*status)
		return what;
	for (int i = 0; i < files.count; i++) {
		*status = use(files.name[i], strcmp(files.name[i], program[0]) == 0);
		if (*status)
			return files.name[i];
	}
	return NULL;
}

/* Writes to `out` what failed: an errno, and the file's name. */
static _Noreturn void try_as_child(uid_t user, char **program, int out)
{
	int status = 0;
	const char *what = try_all(user, program, &status);

	if (what && (write(out, &status, sizeof(status)) < 0 ||
		     write(out, what, strnlen(what, PATH_MAX - 1)) < 0))
		_exit(1);
	_exit(0);
}

static bool fail(struct reach_failure *failure, const char *what, int error)
{
	snprintf(failure->what, sizeof(failure->what), "%s", what);
	failure->why = strerror(error);
	return false;
}

bool reach(uid_t user, char **program, struct reach_failure *failure)
{
	int status = 0, ends[2];
	ssize_t length;
	char *what = failure->what;
	pid_t child;

	if (pipe(ends) < 0)
		return fail(failure, "pipe", errno);
	child = fork();
	if (child < 0)
		return fail(failure, "fork", errno);
	if (child == 0)
		try_as_child(user, program, ends[1]);
	close(ends[1]);
	length = read(ends[0], &status, sizeof(status));
	memset(what, 0, sizeof(failure->what));
	for (ssize_t more = 1; length > 0 && more > 0; what += more)
		more = read(ends[0], what, sizeof(failure->what) - 1 - (size_t)(what - failure->what));
	close(ends[0]);
	waitpid(child, NULL, 0);
	failure->why = strerror(-status);
	return length == 0;
}
