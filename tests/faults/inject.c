/*
 * inject: runs a program in which a chosen call fails.
 *
 *     inject KIND AT once|always ERROR PATH REPORT PROGRAM ARGUMENTS...
 *
 * Call number AT (from 1; 0: none) of the KIND fails with ERROR (a number of errno.h; 0: the call
 * does nothing and returns 0; "half": a write is of half the bytes; "kill": the program is killed
 * before it), and with `always` all after it do. PATH is empty, or a text that the
 * path of a file must hold for its calls to count.
 *
 * Requests for memory and threads fail by a preloaded library, see inject_calls.c. System calls
 * fail by this process: a seccomp filter asks it about each, so that those which the C library
 * makes for stdio count like others, in one order over all threads. Calls count in main, not in
 * programs that PROGRAM starts, and not when they look for libraries or write to standard error.
 *
 * Afterwards the file REPORT tells how many calls there were, how many failed, and which
 * descriptors above 2 were open when the program ended by itself. The exit status is the program's,
 * or 128 + the signal that killed it; 77 where the kernel has no such filters.
 */
#include "inject.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define SKIPPED   77
#define PATH_SIZE 4096

/* Where a system call names its file. */
enum place { END, BY_DESCRIPTOR, PATH_FIRST, PATH_SECOND };

struct call {
    int number;
    enum place place;
};

static const struct kind {
    const char *name;
    enum inject_calls calls;
    struct call call[9];
} kinds[] = {
    {"malloc", INJECT_MALLOC, {{0, END}}},
    {"thread", INJECT_THREAD, {{0, END}}},
    {"open",
     INJECT_NONE,
     {{SYS_openat, PATH_SECOND},
#ifdef SYS_open
      {SYS_open, PATH_FIRST}
#endif
     }},
    {"read", INJECT_NONE, {{SYS_read, BY_DESCRIPTOR}, {SYS_pread64, BY_DESCRIPTOR}}},
    {"names", INJECT_NONE, {{SYS_getdents64, BY_DESCRIPTOR}}},
    {"write", INJECT_NONE, {{SYS_write, BY_DESCRIPTOR}, {SYS_writev, BY_DESCRIPTOR}}},
    {"pwrite", INJECT_NONE, {{SYS_pwrite64, BY_DESCRIPTOR}}},
    {"fdatasync", INJECT_NONE, {{SYS_fdatasync, BY_DESCRIPTOR}}},
    {"fsync", INJECT_NONE, {{SYS_fsync, BY_DESCRIPTOR}}},
    {"close", INJECT_NONE, {{SYS_close, BY_DESCRIPTOR}}},
    {"reserve", INJECT_NONE, {{SYS_fallocate, BY_DESCRIPTOR}, {SYS_ftruncate, BY_DESCRIPTOR}}},
    {"lock", INJECT_NONE, {{SYS_flock, BY_DESCRIPTOR}}},
    {"stat",
     INJECT_NONE,
     {{SYS_newfstatat, PATH_SECOND},
      {SYS_fstat, BY_DESCRIPTOR},
      {SYS_statx, PATH_SECOND},
#ifdef SYS_stat
      {SYS_stat, PATH_FIRST},
      {SYS_lstat, PATH_FIRST}
#endif
     }},
    {"link",
     INJECT_NONE,
     {{SYS_linkat, PATH_SECOND},
#ifdef SYS_link
      {SYS_link, PATH_FIRST}
#endif
     }},
    {"mkdir",
     INJECT_NONE,
     {{SYS_mkdirat, PATH_SECOND},
#ifdef SYS_mkdir
      {SYS_mkdir, PATH_FIRST}
#endif
     }},
    {"rename",
     INJECT_NONE,
     {{SYS_renameat2, PATH_SECOND},
      {SYS_renameat, PATH_SECOND},
#ifdef SYS_rename
      {SYS_rename, PATH_FIRST}
#endif
     }},
    {"copy", INJECT_NONE, {{SYS_copy_file_range, BY_DESCRIPTOR}}},
    {"change", /* whatever makes the disk another: between any two of them a machine may stop */
     INJECT_NONE,
     {{SYS_write, BY_DESCRIPTOR},
      {SYS_pwrite64, BY_DESCRIPTOR},
      {SYS_fallocate, BY_DESCRIPTOR},
      {SYS_copy_file_range, BY_DESCRIPTOR},
      {SYS_unlinkat, PATH_SECOND},
#ifdef SYS_rename
      {SYS_rename, PATH_FIRST},
      {SYS_unlink, PATH_FIRST},
      {SYS_rmdir, PATH_FIRST}
#endif
     }},
};
#define KIND_COUNT (sizeof kinds / sizeof *kinds)

static const struct kind *kind;
static struct inject *inject; /* shared with the program */
static const char *only_path;
static int error_number;
static bool halves; /* writes do not fail but stop half-way */
static bool kills;  /* the program does not get to the call */
static pid_t program;
static int open_count = -1; /* descriptors at the program's end; -1: it was killed */
static char open_names[8192];

static _Noreturn void give_up(const char *what, int status)
{
    fprintf(stderr, "inject: %s: %s\n", what, strerror(errno));
    _exit(status);
}

/* What the tracked process names by this system call, or "". */
static void path_of(const struct seccomp_notif *request, enum place place, char path[PATH_SIZE])
{
    path[0] = '\0';
    if (place == BY_DESCRIPTOR) {
        char link[64];
        snprintf(link, sizeof link, "/proc/%d/fd/%d", (int)program, (int)request->data.args[0]);
        ssize_t length = readlink(link, path, PATH_SIZE - 1);
        path[length > 0 ? length : 0] = '\0';
        return;
    }
    /* As far as the page's end at least; a text may end before it. */
    uintptr_t at = (uintptr_t)request->data.args[place == PATH_FIRST ? 0 : 1];
    for (size_t done = 0; done < PATH_SIZE - 1;) {
        size_t part = 256 - (at + done) % 256;
        if (part > PATH_SIZE - 1 - done)
            part = PATH_SIZE - 1 - done;
        struct iovec here = {path + done, part}, there = {(void *)(at + done), part};
        if (process_vm_readv(program, &here, 1, &there, 1, 0) != (ssize_t)part)
            break;
        path[done + part] = '\0';
        if (strlen(path) < done + part)
            break;
        done += part;
    }
}

/* A thread of the program itself, and not of a program that it has started. */
static bool of_program(pid_t thread)
{
    char name[64];
    snprintf(name, sizeof name, "/proc/%d/task/%d", (int)program, (int)thread);
    return access(name, F_OK) == 0;
}

static bool counts(const struct seccomp_notif *request, enum place place)
{
    if (!atomic_load(&inject->in_main) || !of_program((pid_t)request->pid))
        return false;
    if (place == BY_DESCRIPTOR && request->data.args[0] == STDERR_FILENO)
        return false;
    char path[PATH_SIZE];
    path_of(request, place, path);
    return !strstr(path, ".so") && (!*only_path || strstr(path, only_path));
}

static enum place place_of(int number)
{
    for (const struct call *call = kind->call; call->place != END; call++)
        if (call->number == number)
            return call->place;
    return END;
}

static void list_open(void)
{
    char name[64], path[256];
    snprintf(name, sizeof name, "/proc/%d/fd", (int)program);
    DIR *folder = opendir(name);
    if (!folder)
        return;
    open_count = 0;
    size_t used = 0;
    struct dirent *entry;
    while ((entry = readdir(folder))) {
        if (entry->d_name[0] == '.' || atoi(entry->d_name) <= STDERR_FILENO)
            continue;
        open_count++;
        ssize_t length = readlinkat(dirfd(folder), entry->d_name, path, sizeof path - 1);
        path[length > 0 ? length : 0] = '\0';
        if (used < sizeof open_names - 300)
            used += (size_t)snprintf(open_names + used, sizeof open_names - used, "%s\n", path);
    }
    closedir(folder);
}

/* Does half of what a write or pwrite of the program would do; the bytes, or minus an errno. */
static int64_t write_half(const struct seccomp_notif *request)
{
    char data[1 << 16];
    size_t bytes = (size_t)(request->data.args[2] + 1) / 2;
    struct iovec here = {data, bytes < sizeof data ? bytes : sizeof data};
    struct iovec there = {(void *)(uintptr_t)request->data.args[1], here.iov_len};
    int process = (int)syscall(SYS_pidfd_open, program, 0);
    int fd = (int)syscall(SYS_pidfd_getfd, process, (int)request->data.args[0], 0);
    ssize_t done = process_vm_readv(program, &here, 1, &there, 1, 0);
    if (done >= 0)
        done = request->data.nr == SYS_write
                   ? write(fd, data, (size_t)done)
                   : pwrite(fd, data, (size_t)done, (off_t)request->data.args[3]);
    int64_t answer = done < 0 ? -errno : done;
    close(fd);
    close(process);
    return answer;
}

static void fail(const struct seccomp_notif *request, struct seccomp_notif_resp *response)
{
    int64_t value = halves ? write_half(request) : -error_number;
    *response = (struct seccomp_notif_resp){.id = request->id};
    if (value < 0)
        response->error = (int32_t)value;
    else
        response->val = value;
}

static void answer(int listener)
{
    struct seccomp_notif request = {0};
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) < 0)
        return; /* the one who asked was killed meanwhile */
    struct seccomp_notif_resp response = {.id = request.id,
                                          .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    enum place place = place_of(request.data.nr);
    bool ours = of_program((pid_t)request.pid);
    if (request.data.nr == SYS_exit_group && ours)
        list_open();
    else if (request.data.nr == SYS_execve && ours)
        atomic_store(&inject->in_main, false); /* it becomes another, which is loaded first */
    else if (place != END && counts(&request, place) && inject_fails(inject)) {
        if (kills) {
            kill(program, SIGKILL); /* it waits for an answer, and never gets one */
            return;
        }
        fail(&request, &response);
    }
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

/* Asks about the calls of the kind and about the end; all others go their way. */
static int install_filter(void)
{
    struct sock_filter code[16] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
    int numbers[10] = {SYS_exit_group, SYS_execve}, count = 2, at = 1;
    for (const struct call *call = kind->call; call->place != END; call++)
        numbers[count++] = call->number;
    for (int i = 0; i < count; i++)
        code[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)numbers[i],
                                                  (uint8_t)(count - i), 0);
    code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
    struct sock_fprog filter = {(unsigned short)at, code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -1;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
                        &filter);
}

/* One descriptor through a socket: sent when fd >= 0, else received and returned. */
static int pass(int socket, int fd)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof fd)];
    } control = {.room = {0}};
    char byte = 0;
    struct iovec one = {&byte, 1};
    struct msghdr message = {.msg_iov = &one,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    if (fd < 0) {
        struct cmsghdr *part;
        if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1 || !(part = CMSG_FIRSTHDR(&message)))
            return -1;
        memcpy(&fd, CMSG_DATA(part), sizeof fd);
        return fd;
    }
    control.header = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
    return sendmsg(socket, &message, 0) == 1 ? 0 : -1;
}

static _Noreturn void become(char **arguments, int shared, int socket)
{
    char number[16];
    snprintf(number, sizeof number, "%d", shared);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (setenv(INJECT_SHARED, number, 1) < 0 || setenv("LD_PRELOAD", INJECT_LIBRARY, 1) < 0)
        give_up("setenv", SKIPPED);
    int listener = install_filter();
    if (listener < 0)
        give_up("no seccomp filter", SKIPPED);
    if (pass(socket, listener) < 0)
        give_up("sendmsg", SKIPPED);
    close(listener);
    close(socket);
    execv(arguments[0], arguments);
    give_up(arguments[0], 127);
}

static struct inject *share(int *fd)
{
    *fd = memfd_create("inject", 0);
    if (*fd < 0 || ftruncate(*fd, sizeof *inject) < 0)
        give_up("memfd_create", SKIPPED);
    void *memory = mmap(NULL, sizeof *inject, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
    if (memory == MAP_FAILED)
        give_up("mmap", SKIPPED);
    return memory;
}

static void write_report(const char *path)
{
    FILE *file = fopen(path, "w");
    if (!file)
        give_up(path, SKIPPED);
    fprintf(file, "%lu %lu %d\n%s", atomic_load(&inject->calls), atomic_load(&inject->failed),
            open_count, open_names);
    fclose(file);
}

int main(int argc, char **argv)
{
    if (argc < 8)
        give_up("inject KIND AT once|always ERROR PATH REPORT PROGRAM ARGUMENTS...", 2);
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (strcmp(kinds[i].name, argv[1]) == 0)
            kind = &kinds[i];
    if (!kind)
        give_up("no such kind", 2);
    int shared, sockets[2];
    inject = share(&shared);
    inject->fails = kind->calls;
    inject->at = strtoul(argv[2], NULL, 10);
    inject->always = strcmp(argv[3], "always") == 0;
    inject->leak = getenv("INJECT_LEAK") != NULL;
    error_number = atoi(argv[4]);
    halves = strcmp(argv[4], "half") == 0;
    kills = strcmp(argv[4], "kill") == 0;
    only_path = argv[5];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
        give_up("socketpair", SKIPPED);
    program = fork();
    if (program < 0)
        give_up("fork", SKIPPED);
    if (program == 0)
        become(argv + 7, shared, sockets[1]);
    close(sockets[1]);
    struct pollfd listener = {.fd = pass(sockets[0], -1), .events = POLLIN};
    while (listener.fd >= 0 && (poll(&listener, 1, -1) < 0 || !(listener.revents & POLLHUP)))
        if (listener.revents & POLLIN)
            answer(listener.fd);
    int status;
    while (waitpid(program, &status, 0) < 0 && errno == EINTR)
        continue;
    write_report(argv[6]);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
