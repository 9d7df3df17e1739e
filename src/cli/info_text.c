#include "cli/info.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "cli/version.h"
#include "image/resize_kernels.h"

#define NAME_WIDTH 19 /* GOMP_CPU_AFFINITY and a gap */

static void section(const char *title)
{
    printf("\n%s\n", title);
}

__attribute__((format(printf, 2, 3))) static void line(const char *name, const char *format, ...)
{
    char *value;
    va_list args;
    va_start(args, format);
    if (vasprintf(&value, format, args) < 0)
        value = NULL;
    va_end(args);
    escape_line(stdout, "  %-*s%s", NAME_WIDTH, name, value ? value : "?");
    free(value);
}

static const char *plural(int count)
{
    return count == 1 ? "" : "s";
}

/* "23.5 GiB": three digits, binary units, as caches and limits are made. */
static const char *bytes_text(int64_t bytes, char text[32])
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB"};
    double value = (double)bytes;
    int unit = 0;
    for (; value >= 1024 && unit < 5; unit++)
        value /= 1024;
    snprintf(text, 32, "%.*f %s", unit && value < 100 && value != (int)value ? 1 : 0, value,
             units[unit]);
    return text;
}

static void print_machine(const struct machine *m)
{
    char text[32];
    section("Machine");
    line("host", "%s, %s", m->host, m->kernel);
    line("CPU", "%s%s", m->cpu_model, m->virtual_machine ? " (virtual machine)" : "");
    if (m->cores_known)
        line("topology", "%d socket%s, %d core%s, %d CPU%s (%d a core)", m->sockets,
             plural(m->sockets), m->cores, plural(m->cores), m->cpus, plural(m->cpus), m->smt);
    else
        line("topology", "%d CPU%s, cores unknown", m->cpus, plural(m->cpus));
    line("NUMA nodes", "%d", m->numa_nodes);
    for (int i = 0; i < m->cache_count; i++) {
        const struct machine_cache *c = &m->caches[i];
        char name[24];
        snprintf(name, sizeof name, "cache L%d", c->level);
        line(name, "%d x %s, each of %d CPU%s", c->count, bytes_text(c->bytes, text), c->shared_by,
             plural(c->shared_by));
    }
    line("memory", "%s", bytes_text(m->memory_bytes, text));
}

static void print_limits(const struct info *info)
{
    const struct machine *m = &info->machine;
    char text[32];
    section("Limits");
    line("usable", "%s", info->sentence);
    line("affinity", "%d CPU%s on %d core%s", m->affinity_cpus, plural(m->affinity_cpus),
         m->affinity_cores, plural(m->affinity_cores));
    if (m->limits.quota_cgroup)
        line("CPU quota", "%.6g CPUs, by %s", m->limits.quota_cpus, m->limits.quota_file);
    else
        line("CPU quota", "none");
    line("memory limit", "%s",
         m->limits.memory_bytes ? bytes_text(m->limits.memory_bytes, text) : "none");
}

static void print_omp(const struct machine_omp *omp)
{
    section("OpenMP");
    line("runtime", "%s, _OPENMP %d", omp->runtime, omp->version_date);
    line("threads", "%d (of %d CPUs seen)", omp->max_threads, omp->procs);
    if (omp->thread_limit == INT_MAX)
        line("thread limit", "none");
    else
        line("thread limit", "%d", omp->thread_limit);
    line("dynamic", "%s", omp->dynamic ? "true" : "false");
    line("active levels", "%d", omp->max_active_levels);
    line("schedule", "%s", omp->schedule);
    if (omp->places > 0)
        line("binding", "%s, %d place%s of %d CPU%s", omp->bind, omp->places, plural(omp->places),
             omp->place_cpus, plural(omp->place_cpus));
    else
        line("binding", "%s", omp->bind);
    for (int i = 0; i < omp->environment_count; i++) {
        const struct machine_omp_variable *variable = &omp->environment[i];
        if (variable->set)
            line(variable->name, "'%s'", variable->value);
        else
            line(variable->name, "not set");
    }
}

static void print_libraries(const struct info *info)
{
    section("Libraries");
    for (int i = 0; i < INFO_LIBRARIES; i++) {
        const struct info_library *l = &info->libraries[i];
        line(l->name, "compiled %-8s loaded %-16s %s", *l->compiled ? l->compiled : "-",
             *l->linked ? l->linked : "-", l->file);
    }
}

static void print_build(const struct info *info)
{
    section("Build");
    line("compiler", "%s", info->compiler);
    line("build type", "%s%s%s", VERSION_BUILD_TYPE, *VERSION_SANITIZE ? ", sanitizers " : "",
         VERSION_SANITIZE);
    printf("  %-*s%s (available:", NAME_WIDTH, "SIMD", resize_kernels_current()->name);
    for (int i = 0; i < RESIZE_KERNELS_COUNT; i++)
        if (resize_kernels_table[i]->usable())
            printf(" %s", resize_kernels_table[i]->name);
    printf(")\n");
    section("Clock");
    line("step", "least %lld ns, median %lld ns", (long long)info->clock.least_step_ns,
         (long long)info->clock.median_step_ns);
    line("cost of a stamp", "%.1f ns", info->clock.stamp_ns);
}

void info_text_print(const struct info *info)
{
    printf("pixscale %s\n", VERSION_TEXT);
    print_machine(&info->machine);
    print_limits(info);
    print_omp(&info->omp);
    print_libraries(info);
    print_build(info);
    if (info->note_count > 0)
        section("Notes");
    for (int i = 0; i < info->note_count; i++)
        escape_line(stdout, "  - %s", info->notes[i]);
}
