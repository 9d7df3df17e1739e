/*
 * How the runtime is found out: no function of OpenMP gives its name. Both common ones answer to
 * the calls that gcc compiles in, so what was linked may be another than what is loaded
 * (LD_PRELOAD): the name is that of the file which omp_get_num_procs lies in, and the maker is LLVM
 * (or Intel, whose runtime is the same code) when the process has a symbol that only that code has.
 */
#include "profile/machine_omp.h"

#include <dlfcn.h>
#include <limits.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"

static void read_runtime(struct machine_omp *omp)
{
    /* Through an object pointer, because ISO C knows no conversion between the two kinds. */
    int (*function)(void) = omp_get_num_procs;
    void *address;
    memcpy(&address, &function, sizeof address);
    Dl_info info;
    char path[PATH_MAX];
    const char *name = "linked in";
    if (dladdr(address, &info) && info.dli_fname && strstr(info.dli_fname, ".so") &&
        realpath(info.dli_fname, path))
        name = strrchr(path, '/') + 1;
    const char *maker = dlsym(RTLD_DEFAULT, "__kmpc_fork_call") ? "LLVM" : "GNU";
    snprintf(omp->runtime, sizeof omp->runtime, "%.80s (%s)", name, maker);
}

static void read_bind(struct machine_omp *omp)
{
    static const char *const names[] = {"false", "true", "master", "close", "spread"};
    unsigned bind = (unsigned)omp_get_proc_bind();
    snprintf(omp->bind, sizeof omp->bind, "%s", bind <= omp_proc_bind_spread ? names[bind] : "?");
    omp->places = omp_get_num_places();
    for (int i = 0; i < omp->places; i++)
        omp->place_cpus += omp_get_place_num_procs(i);
}

static void read_environment(struct machine_omp *omp, char *(*lookup)(const char *name))
{
    static const char *const names[MACHINE_OMP_VARIABLES] = {
        "OMP_NUM_THREADS", "OMP_SCHEDULE",     "OMP_PROC_BIND",   "OMP_PLACES",
        "OMP_DYNAMIC",     "OMP_THREAD_LIMIT", "OMP_WAIT_POLICY", "GOMP_CPU_AFFINITY"};
    omp->environment_count = MACHINE_OMP_VARIABLES;
    for (int i = 0; i < MACHINE_OMP_VARIABLES; i++) {
        struct machine_omp_variable *variable = &omp->environment[i];
        snprintf(variable->name, sizeof variable->name, "%s", names[i]);
        const char *value = lookup(names[i]);
        if (!value)
            continue;
        variable->set = true;
        escape_text(value, variable->value, sizeof variable->value);
    }
}

void machine_omp_read(struct machine_omp *omp, char *(*lookup)(const char *name))
{
    *omp = (struct machine_omp){
        .version_date = _OPENMP,
        .max_threads = omp_get_max_threads(),
        .procs = omp_get_num_procs(),
        .thread_limit = omp_get_thread_limit(),
        .dynamic = omp_get_dynamic(),
        .max_active_levels = omp_get_max_active_levels(),
    };
    read_runtime(omp);
    struct schedule schedule = schedule_current();
    schedule_name(&schedule, omp->schedule);
    read_bind(omp);
    read_environment(omp, lookup);
}
