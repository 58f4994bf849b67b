#include "master.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "admin.h"
#include "listen.h"
#include "notify.h"
#include "sluice/base/clock.h"
#include "sluice/command/exit.h"
#include "sluice/db/db.h"
#include "sluice/session/counters.h"
#include "worker.h"

#define BACKOFF_FIRST_MS 100
#define BACKOFF_MAX_MS   5000
/* A child that lived so long starts again at the first pause. */
#define STEADY_MS 10000
/* Beyond the drain, before SIGKILL. */
#define KILL_AFTER_MS 2000
#define TICK_MS       100
#define DB_RETRY_MS   300

struct child {
	pid_t pid; /* 0: not running */
	int64_t began_ms;
	int64_t restart_ms; /* when to start it, if not running */
	int backoff_ms;
};

struct master {
	struct config *config;
	struct sl_run *run;
	struct listen_set listen;
	struct listen_set admin_listen;
	struct sl_tls_ticket_keys ticket_keys;
	struct sl_counters *counters;
	size_t worker_count;
	struct child children[SL_WORKERS_MAX + 1]; /* the last: admin */
	size_t child_count;
	pid_t check_pid; /* waits for PostgreSQL; workers start after it */
	sigset_t signals;
	bool is_stopping;
	bool is_ready;
	int64_t kill_ms;
	struct sl_error failure; /* a child could not start at all */
};

static enum sl_status
drop_privilege(const char *user, struct sl_error *err)
{
	const struct passwd *entry;

	if (user == NULL)
		return SL_OK;
	errno = 0;
	/* There is one thread. */
	/* cppcheck-suppress getpwnamCalled */
	entry = getpwnam(user);
	if (entry == NULL)
		return sl_error_set(
		    err, SL_ERR_INVALID, "there is no user %s", user);
	if (entry->pw_uid == geteuid())
		return SL_OK;
	if (initgroups(user, entry->pw_gid) != 0 ||
	    setgid(entry->pw_gid) != 0 || setuid(entry->pw_uid) != 0)
		return sl_error_errno(err, "cannot become %s", user);
	if (setuid(0) == 0)
		return sl_error_set(err, SL_ERR_STATE, "root was not given up");
	return SL_OK;
}

static enum sl_status
map_counters(struct master *master, struct sl_error *err)
{
	void *memory = mmap(NULL, sizeof(struct sl_counters) * SL_WORKERS_MAX,
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return sl_error_errno(err, "shared counters");
	master->counters = memory;
	return SL_OK;
}

/* In the child: the master's signals are the child's own again, and it goes
 * when the master goes. */
static void
become_child(struct master *master, pid_t parent)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (getppid() != parent)
		_exit(SL_EXIT_GENERAL);
	(void)master;
}

static void
close_others(struct listen_set *set, size_t kept)
{
	for (size_t i = 0; i < set->address_count * set->worker_count; i++)
		if (i / set->address_count != kept)
			close(set->fds[i]);
}

static int
run_worker(struct master *master, size_t index)
{
	const struct worker_start start = {
	    .run = master->run,
	    .config = master->config,
	    .listen_fds =
	        &master->listen.fds[index * master->listen.address_count],
	    .listen_count = master->listen.address_count,
	    .ticket_keys = &master->ticket_keys,
	    .counters = &master->counters[index],
	};

	close_others(&master->listen, index);
	close_others(&master->admin_listen, SIZE_MAX);
	return worker_main(&start);
}

static int
run_admin(struct master *master)
{
	const struct admin_start start = {
	    .listen_fds = master->admin_listen.fds,
	    .listen_count = master->admin_listen.address_count,
	    .counters = master->counters,
	    .worker_count = master->worker_count,
	};

	close_others(&master->listen, SIZE_MAX);
	return admin_main(&start);
}

static void
reset_gauges(struct sl_counters *counters)
{
#define X(name, help) atomic_store(&counters->name, 0);
	SL_GAUGE_LIST(X)
#undef X
	atomic_store(&counters->state, SL_WORKER_STARTING);
	atomic_store(&counters->heartbeat_ms, sl_clock_monotonic_ms());
}

static void
plan_restart(struct child *child)
{
	int64_t now = sl_clock_monotonic_ms();

	if (now - child->began_ms > STEADY_MS || child->backoff_ms == 0)
		child->backoff_ms = BACKOFF_FIRST_MS;
	else if (child->backoff_ms < BACKOFF_MAX_MS)
		child->backoff_ms *= 2;
	child->restart_ms = now + child->backoff_ms;
}

static void
start_child(struct master *master, size_t index)
{
	struct child *child = &master->children[index];
	pid_t parent = getpid();
	pid_t pid;

	child->began_ms = sl_clock_monotonic_ms();
	if (index < master->worker_count)
		reset_gauges(&master->counters[index]);
	pid = fork();
	if (pid < 0) {
		struct sl_error err = {0};

		(void)sl_error_errno(&err, "fork");
		sl_log(SL_LOG_ERROR, "%s", err.text);
		plan_restart(child);
		return;
	}
	if (pid == 0) {
		int code;

		become_child(master, parent);
		code = index < master->worker_count ? run_worker(master, index)
		                                    : run_admin(master);
		/* Not exit(): what the master registered is its own. */
		fflush(NULL);
		_exit(code);
	}
	child->pid = pid;
}

static void
on_child_gone(struct master *master, pid_t pid, int wait_status)
{
	size_t i = 0;
	const char *what;

	while (i < master->child_count && master->children[i].pid != pid)
		i++;
	if (i == master->child_count)
		return;
	master->children[i].pid = 0;
	what = i < master->worker_count ? "worker" : "admin";
	if (master->is_stopping)
		return;
	if (WIFSIGNALED(wait_status))
		sl_log(SL_LOG_ERROR, "%s=%d died of signal %d, replaced", what,
		    (int)pid, WTERMSIG(wait_status));
	else
		sl_log(SL_LOG_ERROR, "%s=%d ended with code %d, replaced", what,
		    (int)pid, WEXITSTATUS(wait_status));
	/* What fails before it ever served fails again. */
	if (!master->is_ready && WIFEXITED(wait_status) &&
	    WEXITSTATUS(wait_status) != 0)
		sl_error_set(&master->failure, SL_ERR_STATE,
		    "a worker cannot start; the reason is above");
	plan_restart(&master->children[i]);
}

static void
on_check_gone(struct master *master, int wait_status)
{
	int code =
	    WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : SL_EXIT_GENERAL;

	master->check_pid = 0;
	if (code == SL_EXIT_OK || master->is_stopping)
		return;
	if (code == SL_EXIT_NETWORK)
		sl_error_set(&master->failure, SL_ERR_NETWORK,
		    "PostgreSQL cannot be reached; see the setting db");
	else
		sl_error_set(&master->failure, SL_ERR_STATE,
		    "PostgreSQL cannot be used; the reason is above");
}

static void
reap(struct master *master)
{
	int wait_status;
	pid_t pid;

	while ((pid = waitpid(-1, &wait_status, WNOHANG)) > 0) {
		if (pid == master->check_pid)
			on_check_gone(master, wait_status);
		else
			on_child_gone(master, pid, wait_status);
	}
}

static void
signal_children(struct master *master, int number)
{
	for (size_t i = 0; i < master->child_count; i++)
		if (master->children[i].pid > 0)
			kill(master->children[i].pid, number);
	if (master->check_pid > 0 && number != SIGHUP)
		kill(master->check_pid, number);
}

static void
stop(struct master *master)
{
	if (master->is_stopping) {
		signal_children(master, SIGKILL);
		return;
	}
	master->is_stopping = true;
	master->kill_ms = sl_clock_monotonic_ms() +
	    (int64_t)master->config->drain_ms + KILL_AFTER_MS;
	notify_state("STOPPING=1");
	sl_log(SL_LOG_INFO, "stopping");
	listen_close(&master->listen);
	signal_children(master, SIGTERM);
}

static void
reload(struct master *master)
{
	struct config fresh;
	struct sl_error err = {0};
	enum sl_status status;

	notify_reloading();
	status = config_load(&fresh, master->run, &err);
	if (status == SL_OK)
		status = config_check(&fresh, &err);
	if (status != SL_OK) {
		sl_log(SL_LOG_ERROR, "settings are not reloaded: %s", err.text);
		config_clear(&fresh);
	} else {
		sl_log(SL_LOG_INFO, "settings reloaded");
		sl_log_set_level(fresh.log_level);
		config_clear(master->config);
		*master->config = fresh;
		signal_children(master, SIGHUP);
	}
	notify_state("READY=1");
}

static void
take_signal(struct master *master, int number)
{
	switch (number) {
	case SIGCHLD:
		reap(master);
		break;
	case SIGHUP:
		if (!master->is_stopping)
			reload(master);
		break;
	case SIGTERM:
	case SIGINT:
		stop(master);
		break;
	default:
		break;
	}
}

static void
tell_ready(struct master *master)
{
	for (size_t i = 0; i < master->worker_count; i++)
		if (atomic_load(&master->counters[i].state) != SL_WORKER_READY)
			return;
	master->is_ready = true;
	notify_state("READY=1");
	sl_log(SL_LOG_INFO, "ready: %zu workers on https://%s",
	    master->worker_count, master->config->listen);
}

static size_t
running_count(const struct master *master)
{
	size_t count = master->check_pid > 0;

	for (size_t i = 0; i < master->child_count; i++)
		count += master->children[i].pid > 0;
	return count;
}

static void
tick(struct master *master)
{
	int64_t now = sl_clock_monotonic_ms();

	if (master->is_stopping) {
		/* The admin process answers until the workers are gone. */
		if (now > master->kill_ms)
			signal_children(master, SIGKILL);
		return;
	}
	if (!master->is_ready)
		tell_ready(master);
	/* Until PostgreSQL is there, only the admin process runs. */
	for (size_t i = 0; master->check_pid > 0 && i < master->worker_count;
	     i++)
		reset_gauges(&master->counters[i]);
	for (size_t i = master->check_pid > 0 ? master->worker_count : 0;
	     i < master->child_count; i++)
		if (master->children[i].pid == 0 &&
		    master->children[i].restart_ms <= now)
			start_child(master, i);
}

static void
supervise(struct master *master)
{
	const struct timespec pause = {.tv_nsec = TICK_MS * 1000000L};

	for (;;) {
		int number = sigtimedwait(&master->signals, NULL, &pause);

		if (number > 0)
			take_signal(master, number);
		if (master->failure.status != SL_OK && !master->is_stopping)
			stop(master);
		if (master->is_stopping && running_count(master) == 0)
			return;
		tick(master);
	}
}

/* ---- before the first worker ---- */

static bool
is_over(int64_t deadline_ms)
{
	return sl_clock_monotonic_ms() >= deadline_ms;
}

/* In a process of its own, so that the master never holds a connection. */
static int
try_database(const struct config *config)
{
	int64_t deadline =
	    sl_clock_monotonic_ms() + (int64_t)config->db_wait_ms;
	struct sl_error err = {0};
	struct sl_db *db = NULL;
	enum sl_status status;

	for (;;) {
		status = sl_db_connect(&db, config->db, &err);
		sl_db_close(db);
		if (status != SL_ERR_NETWORK || is_over(deadline))
			break;
		sl_log(SL_LOG_WARNING, "waiting for PostgreSQL: %s", err.text);
		(void)poll(NULL, 0, DB_RETRY_MS);
		memset(&err, 0, sizeof(err));
	}
	if (status != SL_OK)
		sl_log(SL_LOG_ERROR, "PostgreSQL: %s", err.text);
	return sl_exit_of(status);
}

static enum sl_status
start_check(struct master *master, struct sl_error *err)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid < 0)
		return sl_error_errno(err, "fork");
	if (pid == 0) {
		become_child(master, parent);
		close_others(&master->listen, SIZE_MAX);
		close_others(&master->admin_listen, SIZE_MAX);
		_exit(try_database(master->config));
	}
	master->check_pid = pid;
	return SL_OK;
}

static enum sl_status
open_sockets(struct master *master, struct sl_error *err)
{
	const struct config *config = master->config;
	enum sl_status status =
	    listen_inherit(&master->listen, master->worker_count, err);

	if (status == SL_ERR_NOT_FOUND)
		status = listen_open(
		    &master->listen, config->listen, master->worker_count, err);
	if (status == SL_OK && config->admin_listen[0] != '\0')
		status = listen_open(
		    &master->admin_listen, config->admin_listen, 1, err);
	return status;
}

enum sl_status
master_run(struct config *config, struct sl_run *run, struct sl_error *err)
{
	struct master master = {
	    .config = config, .run = run, .worker_count = config->worker_count};
	enum sl_status status;

	sigemptyset(&master.signals);
	sigaddset(&master.signals, SIGCHLD);
	sigaddset(&master.signals, SIGHUP);
	sigaddset(&master.signals, SIGTERM);
	sigaddset(&master.signals, SIGINT);
	signal(SIGPIPE, SIG_IGN);
	sl_log_set_level(config->log_level);
	status = open_sockets(&master, err);
	if (status == SL_OK)
		status = drop_privilege(config->user, err);
	if (status == SL_OK)
		status = config_check(config, err);
	if (status == SL_OK)
		status = sl_tls_ticket_keys_make(&master.ticket_keys);
	if (status == SL_OK)
		status = map_counters(&master, err);
	sigprocmask(SIG_BLOCK, &master.signals, NULL);
	if (status == SL_OK)
		status = start_check(&master, err);
	if (status == SL_OK) {
		master.child_count = master.worker_count +
		    (config->admin_listen[0] != '\0' ? 1 : 0);
		supervise(&master);
		status = master.failure.status;
		if (status != SL_OK)
			*err = master.failure;
	}
	sl_tls_ticket_keys_wipe(&master.ticket_keys);
	listen_close(&master.listen);
	listen_close(&master.admin_listen);
	if (master.counters != NULL)
		munmap(master.counters,
		    sizeof(struct sl_counters) * SL_WORKERS_MAX);
	return status;
}
