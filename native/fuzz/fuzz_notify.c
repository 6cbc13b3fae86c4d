/*
 * fuzz_notify.c - the address in NOTIFY_SOCKET, and what is sent there.
 *
 * Input: a byte that says what fails, the value of the variable up to a zero byte, the message.
 */
#include "fuzz.h"

#define OWN_CLOSE
#include "calls.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "synoptic.h"

#define DESCRIPTOR OWN_DESCRIPTORS

enum option { UNSET = 1, NO_SOCKET = 2, REFUSED = 4 };

static uint8_t options;
static char name[4096], state[4096];
static bool playing;
static int sent;

char *__real_getenv(const char *variable);
char *__wrap_getenv(const char *variable);
int __wrap_socket(int family, int type, int protocol);
ssize_t __wrap_sendto(int fd, const void *bytes, size_t size, int flags,
		      const struct sockaddr *to, socklen_t length);

char *__wrap_getenv(const char *variable)
{
	if (!playing)
		return __real_getenv(variable);
	REQUIRE(strcmp(variable, "NOTIFY_SOCKET") == 0);
	return options & UNSET ? NULL : name;
}

int __wrap_socket(int family, int type, int protocol)
{
	REQUIRE(family == AF_UNIX && (type & SOCK_CLOEXEC) && protocol == 0);
	if (options & NO_SOCKET) {
		errno = EMFILE;
		return -1;
	}
	opened++;
	return DESCRIPTOR;
}

/* The name goes to the kernel as it is: an abstract one without its @, and all others with no zero. */
ssize_t __wrap_sendto(int fd, const void *bytes, size_t size, int flags,
		      const struct sockaddr *to, socklen_t length)
{
	const struct sockaddr_un *address = (const void *)to;
	size_t name_length = strlen(name);

	REQUIRE(fd == DESCRIPTOR && (flags & MSG_NOSIGNAL) && address->sun_family == AF_UNIX);
	REQUIRE(length == offsetof(struct sockaddr_un, sun_path) + name_length);
	REQUIRE(length <= sizeof(*address) && name_length < sizeof(address->sun_path));
	REQUIRE(address->sun_path[0] == (name[0] == '@' ? '\0' : '/'));
	REQUIRE(memcmp(address->sun_path + 1, name + 1, name_length - 1) == 0);
	REQUIRE(size == strlen(state) && size > 0 && memcmp(bytes, state, size) == 0);
	sent++;
	if (options & REFUSED) {
		errno = ECONNREFUSED;
		return -1;
	}
	return (ssize_t)size;
}

static void take_text(struct input *input, char *to, size_t room)
{
	size_t length = 0;

	for (char next = 1; next && input->left;) {
		next = (char)take(input);
		if (length < room - 1)
			to[length++] = next;
	}
	to[length] = '\0';
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input input = { bytes, size };
	int status;

	options = take(&input);
	take_text(&input, name, sizeof(name));
	take_text(&input, state, sizeof(state));
	opened = sent = 0;
	playing = true;
	status = synoptic_notify(state);
	playing = false;
	REQUIRE(opened == 0 && sent <= 1);
	if (status == 1)
		REQUIRE(sent == 1);
	if ((options & UNSET) || !*name)
		REQUIRE(status == 0 && sent == 0);
	else
		REQUIRE(status == 1 || status < 0);
	return 0;
}
