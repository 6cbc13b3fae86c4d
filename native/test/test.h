/*
 * test.h - a test runner in one header. A test file defines tests with
 * TEST(a_sentence_about_tcp) { ... } and ends with MAIN().
 */
#ifndef TEST_H
#define TEST_H

#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HANGS_AFTER_S 60
#define LONG_HANGS_AFTER_S 900

struct test {
	const char *name;
	void (*run)(void);
	struct test *next;
};

static struct test *first_test, **last_test = &first_test;
static jmp_buf test_end;

enum { PASSED = 0, FAILED = 1, SKIPPED = 2 };

#define TEST(title) \
	static void title(void); \
	static struct test title##_test = { #title, title, NULL }; \
	__attribute__((constructor)) static void title##_add(void) \
	{ \
		*last_test = &title##_test; \
		last_test = &title##_test.next; \
	} \
	static void title(void)

#define CHECK(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			longjmp(test_end, FAILED + 1); \
		} \
	} while (0)

#define CHECK_EQUAL(expected, actual) \
	do { \
		long long expected_value = (long long)(expected); \
		long long actual_value = (long long)(actual); \
		if (expected_value != actual_value) { \
			fprintf(stderr, "%s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, \
				#actual, actual_value, expected_value); \
			longjmp(test_end, FAILED + 1); \
		} \
	} while (0)

#define SKIP(why) \
	do { \
		fprintf(stderr, "%s:%d: skipped: %s\n", __FILE__, __LINE__, why); \
		longjmp(test_end, SKIPPED + 1); \
	} while (0)

static void give_up(int signal_number)
{
	(void)signal_number;
	fprintf(stderr, "no end in sight\n");
	longjmp(test_end, FAILED + 1);
}

/* Tests that measure do so for longer, if asked to. */
static inline bool test_is_long(void)
{
	const char *value = getenv("SYNOPTIC_LONG");

	return value && *value;
}

static int run_test(const struct test *test)
{
	struct sigaction hangs = { .sa_handler = give_up, .sa_flags = SA_NODEFER };
	int end = setjmp(test_end);

	if (end == 0) {
		sigaction(SIGALRM, &hangs, NULL);
		alarm(test_is_long() || getenv("SYNOPTIC_SLOW") ? LONG_HANGS_AFTER_S : HANGS_AFTER_S);
		test->run();
		end = PASSED + 1;
	}
	alarm(0);
	return end - 1;
}

static int run_tests(const char *program)
{
	int count[3] = { 0 };

	for (const struct test *test = first_test; test; test = test->next) {
		int result = run_test(test);

		count[result]++;
		if (result == FAILED)
			fprintf(stderr, "FAILED %s: %s\n", program, test->name);
	}
	printf("%s: %d passed, %d failed, %d skipped\n", program,
	       count[PASSED], count[FAILED], count[SKIPPED]);
	return count[FAILED] > 0;
}

#define MAIN() \
	int main(int argc, char **argv) \
	{ \
		const char *slash = strrchr(argv[0], '/'); \
		(void)argc; \
		return run_tests(slash ? slash + 1 : argv[0]); \
	}

#endif
