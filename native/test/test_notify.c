/* Messages to a service manager, read from the socket that it would listen on. */
#include "synoptic.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

static char folder[] = "/tmp/synoptic-notify-XXXXXX";
static struct sockaddr_un manager = { .sun_family = AF_UNIX };

/* A service manager's socket; `name` as NOTIFY_SOCKET has it. */
static int listen_at(const char *name)
{
	size_t length = strlen(name);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0);
	memset(manager.sun_path, 0, sizeof(manager.sun_path));
	memcpy(manager.sun_path, name, length);
	if (name[0] == '@')
		manager.sun_path[0] = '\0';
	CHECK_EQUAL(0, bind(fd, (const struct sockaddr *)&manager,
			    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)));
	CHECK_EQUAL(0, setenv("NOTIFY_SOCKET", name, 1));
	return fd;
}

static bool hears(int fd, const char *state)
{
	char heard[256];
	ssize_t length = recv(fd, heard, sizeof(heard), MSG_DONTWAIT);

	return length == (ssize_t)strlen(state) && memcmp(heard, state, (size_t)length) == 0;
}

/* The number that the next descriptor would get. */
static int next_descriptor(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	close(fd);
	return fd;
}

TEST(a_path_gets_the_state)
{
	char path[sizeof(folder) + 8];
	int fd, before;

	CHECK(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/socket", folder);
	fd = listen_at(path);
	before = next_descriptor();
	CHECK_EQUAL(1, synoptic_notify("READY=1\nSTATUS=2 sockets"));
	CHECK(hears(fd, "READY=1\nSTATUS=2 sockets"));
	CHECK_EQUAL(before, next_descriptor());
	close(fd);
	/* Nobody reads from it any more, then it is gone. */
	CHECK_EQUAL(-ECONNREFUSED, synoptic_notify("READY=1"));
	CHECK_EQUAL(before, next_descriptor() + 1);
	CHECK_EQUAL(0, unlink(path));
	CHECK_EQUAL(-ENOENT, synoptic_notify("READY=1"));
	CHECK_EQUAL(0, rmdir(folder));
}

TEST(an_abstract_name_gets_the_state)
{
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "@synoptic/notify/%d", (int)getpid());
	fd = listen_at(name);
	CHECK_EQUAL(1, synoptic_notify("WATCHDOG=1"));
	CHECK(hears(fd, "WATCHDOG=1"));
	close(fd);
	CHECK_EQUAL(-ECONNREFUSED, synoptic_notify("WATCHDOG=1"));
}

TEST(without_a_service_manager_nothing_is_sent)
{
	CHECK_EQUAL(0, unsetenv("NOTIFY_SOCKET"));
	CHECK_EQUAL(0, synoptic_notify("READY=1"));
	CHECK_EQUAL(0, setenv("NOTIFY_SOCKET", "", 1));
	CHECK_EQUAL(0, synoptic_notify("READY=1"));
}

TEST(a_name_that_is_no_sockets_is_refused)
{
	char name[sizeof(manager.sun_path) + 1];

	CHECK_EQUAL(0, setenv("NOTIFY_SOCKET", "relative/path", 1));
	CHECK_EQUAL(-EINVAL, synoptic_notify("READY=1"));
	CHECK_EQUAL(0, setenv("NOTIFY_SOCKET", "@", 1));
	CHECK_EQUAL(-EINVAL, synoptic_notify("READY=1"));
	memset(name, 'x', sizeof(name));
	name[0] = '/';
	name[sizeof(name) - 1] = '\0';
	CHECK_EQUAL(0, setenv("NOTIFY_SOCKET", name, 1));
	CHECK_EQUAL(-EINVAL, synoptic_notify("READY=1"));
	/* One less is no longer too long. */
	name[sizeof(name) - 2] = '\0';
	CHECK_EQUAL(0, setenv("NOTIFY_SOCKET", name, 1));
	CHECK_EQUAL(-ENOENT, synoptic_notify("READY=1"));
	CHECK_EQUAL(0, setenv("NOTIFY_SOCKET", "/", 1));
	CHECK_EQUAL(-EINVAL, synoptic_notify("READY=1"));
}

TEST(nothing_to_say_is_refused)
{
	CHECK_EQUAL(0, setenv("NOTIFY_SOCKET", "/nonexistent/socket", 1));
	CHECK_EQUAL(-EINVAL, synoptic_notify(""));
}

MAIN()
