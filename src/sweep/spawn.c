/*
 * fork and exec rather than posix_spawn, which could neither give back the affinity mask nor tie
 * the child's life to ours. Between the two only calls that are safe after a fork are made.
 *
 * The parent sleeps in ppoll until the child ends (its pidfd becomes readable) or writes to
 * standard error: it costs the run nothing, and the end is stamped when the kernel tells of it.
 */
#include "sweep/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "profile/machine.h"

/* From asking politely, which lets a run of ours remove its files, to killing. */
#define GRACE_NS 2000000000

static const int stop_signals[] = {SIGINT, SIGTERM, SIGHUP};
#define STOP_SIGNALS (sizeof stop_signals / sizeof *stop_signals)

struct child {
    pid_t pid;
    int pidfd;                 /* -1: the kernel has none */
    int errors;                /* reading end of its standard error; -1 once closed */
    int failed;                /* reading end of what tells that exec failed */
    sigset_t mask;             /* of signals, before ours were blocked */
    size_t kept;               /* bytes of messages */
    int64_t began_ns, kill_ns; /* kill_ns: when to stop being polite; 0: not stopping */
};

static void close_if_open(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* A handler of ours must not run in the child before exec, as the signal would then be lost. What
 * is ignored (nohup) stays so. */
static void reset_signals(const sigset_t *mask)
{
    for (size_t i = 0; i < STOP_SIGNALS; i++) {
        struct sigaction action;
        if (sigaction(stop_signals[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
            signal(stop_signals[i], SIG_DFL);
    }
    sigprocmask(SIG_SETMASK, mask, NULL);
}

/* In the child: becomes the program, or tells errno through `failed` and ends. */
static void become(const struct spawn_job *job, const sigset_t *mask, pid_t parent, int errors,
                   int failed)
{
    int null = open("/dev/null", O_RDWR); /* may itself be 0, which dup2 then leaves as it is */
    bool ok = null >= 0 && setpgid(0, 0) == 0 && dup2(null, STDIN_FILENO) >= 0 &&
              dup2(null, STDOUT_FILENO) >= 0 && dup2(errors, STDERR_FILENO) >= 0 &&
              prctl(PR_SET_PDEATHSIG, SIGKILL) == 0;
    if (null > STDERR_FILENO)
        close(null);
    if (ok && getppid() == parent) {
        (void)machine_restore_affinity(); /* without it the run still is one, on fewer CPUs */
        reset_signals(mask);
        /* execvpe does not change the words; its type is older than const. */
        execvpe(job->file ? job->file : job->argv[0], (char *const *)job->argv, job->environment);
    }
    int why = errno;
    ssize_t written = write(failed, &why, sizeof why);
    _exit(written == sizeof why ? 127 : 126);
}

static bool make_pipe(int ends[2], struct error *error)
{
    ends[0] = ends[1] = -1;
    /* Neither end may be 0, 1 or 2, which the child replaces one after the other. */
    if (pipe2(ends, O_CLOEXEC) == 0)
        for (int i = 0; i < 2; i++) {
            int high = ends[i] > STDERR_FILENO ? ends[i] : fcntl(ends[i], F_DUPFD_CLOEXEC, 3);
            if (high != ends[i])
                close(ends[i]);
            ends[i] = high;
        }
    if (ends[0] >= 0 && ends[1] >= 0)
        return true;
    error_set(error, ERROR_OUTPUT, "cannot make a pipe: %s", strerror(errno));
    close_if_open(&ends[0]);
    close_if_open(&ends[1]);
    return false;
}

static bool start(const struct spawn_job *job, struct child *child, struct error *error)
{
    int errors[2], failed[2];
    if (!make_pipe(errors, error))
        return false;
    if (!make_pipe(failed, error)) {
        close(errors[0]);
        close(errors[1]);
        return false;
    }
    pid_t parent = getpid();
    child->began_ns = clock_now_ns();
    child->pid = fork();
    if (child->pid == 0)
        become(job, &child->mask, parent, errors[1], failed[1]);
    int why = errno;
    close(errors[1]);
    close(failed[1]);
    child->errors = errors[0];
    child->failed = failed[0];
    child->pidfd = -1;
    if (child->pid < 0)
        return error_set(error, ERROR_OUTPUT, "cannot start a process: %s", strerror(why));
    setpgid(child->pid, child->pid); /* by both, as either may come first */
    /* By number, as the C library of older systems does not wrap it. */
    child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
    fcntl(child->errors, F_SETFL, O_NONBLOCK);
    return true;
}

/* Keeps the last SPAWN_ERRORS bytes; `length` is less. */
static void keep(struct child *child, struct spawn_result *result, const char *text, size_t length)
{
    size_t room = SPAWN_ERRORS - child->kept, over = length > room ? length - room : 0;
    result->errors_cut |= over > 0;
    memmove(result->errors, result->errors + over, child->kept - over);
    memcpy(result->errors + child->kept - over, text, length);
    child->kept += length - over;
    result->errors[child->kept] = '\0';
}

/* Takes the messages that are there now. Closes the pipe at its end. */
static void drain(struct child *child, struct spawn_result *result)
{
    char text[4096];
    /* A program that writes faster than we read must not hold us here for ever. */
    for (int i = 0; child->errors >= 0 && i < 64; i++) {
        ssize_t n = read(child->errors, text, sizeof text);
        if (n > 0)
            keep(child, result, text, (size_t)n);
        else if (n < 0 && errno == EAGAIN)
            return;
        else if (n == 0 || errno != EINTR)
            close_if_open(&child->errors);
    }
}

/* Asked to stop: politely at first. Gives the time to sleep until more is to be done, or NULL. */
static const struct timespec *stop_child(struct child *child, bool stop, struct timespec *left)
{
    if (!stop)
        return NULL;
    int64_t now = clock_now_ns();
    if (!child->kill_ns) {
        child->kill_ns = now + GRACE_NS;
        kill(-child->pid, SIGTERM);
    }
    if (now >= child->kill_ns) {
        kill(-child->pid, SIGKILL);
        return NULL;
    }
    *left =
        (struct timespec){(child->kill_ns - now) / 1000000000, (child->kill_ns - now) % 1000000000};
    return left;
}

/* True when the child has ended; it stays a zombie, so that its number cannot be another's yet. */
static bool has_ended(const struct child *child)
{
    siginfo_t info = {.si_pid = 0};
    return waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == child->pid;
}

static void watch(struct child *child, const atomic_int *stop, struct spawn_result *result)
{
    static const struct timespec millisecond = {0, 1000000};
    while (!has_ended(child)) {
        struct timespec left;
        result->stopped = stop && atomic_load(stop);
        const struct timespec *timeout = stop_child(child, result->stopped, &left);
        if (child->pidfd < 0)
            timeout = &millisecond;
        struct pollfd events[] = {{.fd = child->pidfd, .events = POLLIN},
                                  {.fd = child->errors, .events = POLLIN}};
        ppoll(events, 2, timeout, &child->mask);
        drain(child, result);
    }
    result->wall_ns = clock_now_ns() - child->began_ns;
    if (result->stopped)
        kill(-child->pid, SIGKILL); /* what it started, too */
    drain(child, result);
}

static int64_t nanoseconds(struct timeval time)
{
    return (int64_t)time.tv_sec * 1000000000 + (int64_t)time.tv_usec * 1000;
}

static bool finish(const struct spawn_job *job, struct child *child, struct spawn_result *result,
                   struct error *error)
{
    int status, why;
    struct rusage usage;
    if (wait4(child->pid, &status, 0, &usage) != child->pid)
        return error_set(error, ERROR_OUTPUT, "%s: cannot wait for it: %s", job->argv[0],
                         strerror(errno));
    if (read(child->failed, &why, sizeof why) == sizeof why)
        return error_set(error, error_kind_of(why), "cannot run '%s': %s", job->argv[0],
                         strerror(why));
    result->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    result->status = result->signal ? 128 + result->signal : WEXITSTATUS(status);
    result->cpu_ns = nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime);
    result->involuntary_switches = usage.ru_nivcsw;
    result->peak_bytes = (int64_t)usage.ru_maxrss * 1024;
    return true;
}

bool spawn_run(const struct spawn_job *job, struct spawn_result *result, struct error *error)
{
    *result = (struct spawn_result){.status = 0};
    struct child child = {.pidfd = -1, .errors = -1, .failed = -1};
    sigset_t ours;
    sigemptyset(&ours);
    for (size_t i = 0; i < STOP_SIGNALS; i++)
        sigaddset(&ours, stop_signals[i]);
    sigprocmask(SIG_BLOCK, &ours, &child.mask);
    bool ok = start(job, &child, error);
    if (ok) {
        watch(&child, job->stop, result);
        ok = finish(job, &child, result, error);
    }
    close_if_open(&child.errors);
    close_if_open(&child.failed);
    close_if_open(&child.pidfd);
    sigprocmask(SIG_SETMASK, &child.mask, NULL);
    return ok;
}

/* Whether "NAME=value" is of the same name as `change`. */
static bool same_name(const char *variable, const char *change)
{
    size_t length = strcspn(change, "=");
    return strncmp(variable, change, length) == 0 && variable[length] == '=';
}

char **spawn_environment(char *const *base, const char *const *changes)
{
    size_t count = 0, kept = 0;
    while (base[count])
        count++;
    size_t more = 0;
    while (changes[more])
        more++;
    char **environment = calloc(count + more + 1, sizeof *environment);
    if (!environment)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        bool changed = false;
        for (size_t c = 0; c < more; c++)
            changed |= same_name(base[i], changes[c]);
        if (!changed)
            environment[kept++] = base[i];
    }
    for (size_t c = 0; c < more; c++)
        environment[kept++] = (char *)changes[c]; /* execve's type is older than const */
    return environment;
}
