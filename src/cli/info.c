#include "cli/info.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TO_TEXT(x)    #x
#define AS_TEXT(x)    TO_TEXT(x)
#define DOTS(a, b, c) AS_TEXT(a) "." AS_TEXT(b) "." AS_TEXT(c)

#if defined __clang__
#define COMPILER "Clang " DOTS(__clang_major__, __clang_minor__, __clang_patchlevel__)
#else
#define COMPILER "GCC " DOTS(__GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__)
#endif

__attribute__((format(printf, 2, 3))) static void note(struct info *info, const char *format, ...)
{
    if (info->note_count == INFO_NOTES)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(info->notes[info->note_count++], sizeof *info->notes, format, args);
    va_end(args);
}

static void note_machine(struct info *info)
{
    const struct machine *m = &info->machine;
    if (!m->cores_known)
        note(info, "the topology shows no cores: every CPU counts as one");
    else if (m->virtual_machine)
        note(info, "a virtual machine: what it shows as cores may be hardware threads, or shared");
    if (m->affinity_cpus > m->affinity_cores)
        note(info,
             "the %d CPUs are hardware threads of %d cores: two on a core do not make two cores",
             m->affinity_cpus, m->affinity_cores);
    if (m->limits.quota_cgroup && m->limits.quota_cpus < m->affinity_cpus)
        note(info, "OpenMP does not see the quota: a larger team is stopped in every period");
    if (m->limits.memory_bytes && m->limits.memory_bytes < m->memory_bytes)
        note(info, "beyond the memory limit of its cgroup the process is killed");
}

/* What the runtime made of OMP_NUM_THREADS, when that is not what it says. */
static void note_threads(struct info *info)
{
    const struct machine_omp_variable *asked = &info->omp.environment[0];
    char *end;
    long number = strtol(asked->value, &end, 10);
    end += strspn(end, " ");
    if (asked->set && (end == asked->value || *end || number != info->omp.max_threads))
        note(info, "of OMP_NUM_THREADS='%s' the runtime made %d", asked->value,
             info->omp.max_threads);
}

static void note_omp(struct info *info)
{
    const struct machine_omp *omp = &info->omp;
    int usable = info->machine.usable_cpus;
    note_threads(info);
    if (omp->max_threads > usable)
        note(info, "OpenMP would start %d threads on %d usable CPU%s: set OMP_NUM_THREADS=%d",
             omp->max_threads, usable, usable == 1 ? "" : "s", usable);
    else if (omp->max_threads < usable)
        note(info, "OpenMP would start %d thread%s and leave %d usable CPU%s alone",
             omp->max_threads, omp->max_threads == 1 ? "" : "s", usable - omp->max_threads,
             usable - omp->max_threads == 1 ? "" : "s");
    if (omp->thread_limit < omp->max_threads)
        note(info, "OMP_THREAD_LIMIT cuts every team to %d", omp->thread_limit);
    if (omp->dynamic)
        note(info, "OMP_DYNAMIC lets the runtime deliver fewer threads than asked for");
    if (omp->max_active_levels > 1)
        note(info, "nested parallel regions are on (%d levels); one level is used",
             omp->max_active_levels);
    if (omp->places > 0 && omp->place_cpus < info->machine.affinity_cpus)
        note(info, "threads are bound to %d place%s with %d of the %d CPUs", omp->places,
             omp->places == 1 ? "" : "s", omp->place_cpus, info->machine.affinity_cpus);
}

void info_read(struct info *info)
{
    *info = (struct info){.compiler = COMPILER};
    machine_read(&info->machine);
    machine_sentence(&info->machine, info->sentence, sizeof info->sentence);
    machine_omp_read(&info->omp, getenv);
    clock_check_run(&info->clock);
    info_libraries_read(info->libraries);
    note_machine(info);
    note_omp(info);
}
