/*
 * measure: runs a command to its end and says what it took.
 *
 * Prints exit status, user and system CPU seconds of it and of all that it waited for, wall
 * seconds, and the peak KiB of its largest process. A program of its own, as Linux counts the
 * memory that a process had before exec as its own: a Python would add what it is itself.
 * Usage: measure COMMAND [ARGUMENT...]
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec * 1e-9;
}

static double seconds(const struct timeval *time)
{
    return (double)time->tv_sec + (double)time->tv_usec * 1e-6;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    int told = dup(STDOUT_FILENO);
    if (!freopen("/dev/null", "r", stdin) || !freopen("/dev/null", "w", stdout) ||
        !freopen("/dev/null", "w", stderr))
        return 2;
    double start = now();
    pid_t child = fork();
    if (child == 0) {
        execvp(argv[1], argv + 1);
        _exit(127);
    }
    int status;
    struct rusage usage;
    if (child < 0 || wait4(child, &status, 0, &usage) < 0)
        return 2;
    double wall = now() - start;
    dprintf(told, "%d %.6f %.6f %ld\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128,
            seconds(&usage.ru_utime) + seconds(&usage.ru_stime), wall, usage.ru_maxrss);
    return 0;
}
