/* replay.c - plays every input of the folders it is called with: the corpus as a test. */
#include "fuzz.h"

#include <dirent.h>
#include <signal.h>
#include <unistd.h>

#define MOST 65536
#define HANGS_AFTER_S 60

static char path[4096];

static void name_input(int number)
{
	if (write(STDERR_FILENO, path, strlen(path)) < 0 ||
	    write(STDERR_FILENO, ": failed\n", 9) < 0)
		_exit(2);
	signal(number, SIG_DFL);
	raise(number);
}

static void play(void)
{
	static uint8_t bytes[MOST];
	FILE *file = fopen(path, "rbe");
	uint8_t *input;
	size_t size;

	REQUIRE(file);
	size = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	/* No byte more, for a sanitizer. */
	input = malloc(size ? size : 1);
	REQUIRE(input);
	memcpy(input, bytes, size);
	LLVMFuzzerTestOneInput(input, size);
	free(input);
}

static int play_folder(const char *name)
{
	DIR *folder = opendir(name);
	int count = 0;

	if (!folder) {
		perror(name);
		return -1;
	}
	for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", name, entry->d_name);
		play();
		count++;
	}
	closedir(folder);
	return count;
}

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	int count = 0;

	signal(SIGABRT, name_input);
	signal(SIGSEGV, name_input);
	signal(SIGALRM, name_input);
	alarm(HANGS_AFTER_S);
	for (int i = 1; i < argc; i++) {
		int played = play_folder(argv[i]);

		if (played < 0)
			return 2;
		count += played;
	}
	printf("%s: %d passed, 0 failed, 0 skipped\n", slash ? slash + 1 : argv[0], count > 0);
	return count == 0;
}
