#include "cli/info.h"

#include <stdlib.h>

#include "base/escape.h"
#include "cli/version.h"
#include "image/resize_kernels.h"

/* Names of hosts and files are bytes. "" is null. */
static json_t *text(const char *bytes)
{
    char *plain = escape_copy(bytes);
    json_t *value = plain && *plain ? json_string(plain) : json_null();
    free(plain);
    return value;
}

static json_t *caches_json(const struct machine *m)
{
    json_t *list = json_array();
    for (int i = 0; i < m->cache_count; i++)
        json_array_append_new(list,
                              json_pack("{s:i, s:I, s:i, s:i}", "level", m->caches[i].level,
                                        "bytes", (json_int_t)m->caches[i].bytes, "count",
                                        m->caches[i].count, "shared_by", m->caches[i].shared_by));
    return list;
}

static json_t *host_json(const struct machine *m)
{
    return json_pack("{s:o, s:o, s:o, s:i, s:i, s:b, s:i, s:i, s:i, s:b, s:I, s:o}", "name",
                     text(m->host), "kernel", text(m->kernel), "cpu_model", text(m->cpu_model),
                     "sockets", m->sockets, "cores", m->cores, "cores_known", m->cores_known,
                     "cpus", m->cpus, "smt", m->smt, "numa_nodes", m->numa_nodes, "virtual_machine",
                     m->virtual_machine, "memory_bytes", (json_int_t)m->memory_bytes, "caches",
                     caches_json(m));
}

static json_t *limits_json(const struct info *info)
{
    const struct machine *m = &info->machine;
    const struct machine_limits *l = &m->limits;
    return json_pack("{s:i, s:i, s:o, s:o, s:o, s:o, s:i, s:s}", "affinity_cpus", m->affinity_cpus,
                     "cores", m->affinity_cores, "cgroup_cpus",
                     l->quota_cgroup ? json_real(l->quota_cpus) : json_null(), "cgroup_version",
                     l->quota_cgroup ? json_integer(l->quota_cgroup) : json_null(), "cgroup_file",
                     text(l->quota_file), "memory_bytes",
                     l->memory_bytes ? json_integer(l->memory_bytes) : json_null(), "usable_cpus",
                     m->usable_cpus, "sentence", info->sentence);
}

static json_t *omp_json(const struct machine_omp *omp)
{
    json_t *environment = json_object();
    for (int i = 0; i < omp->environment_count; i++)
        json_object_set_new(environment, omp->environment[i].name,
                            omp->environment[i].set ? json_string(omp->environment[i].value)
                                                    : json_null());
    return json_pack("{s:s, s:i, s:i, s:i, s:i, s:b, s:i, s:s, s:s, s:i, s:i, s:o}", "runtime",
                     omp->runtime, "version_date", omp->version_date, "max_threads",
                     omp->max_threads, "procs", omp->procs, "thread_limit", omp->thread_limit,
                     "dynamic", omp->dynamic, "max_active_levels", omp->max_active_levels,
                     "schedule", omp->schedule, "bind", omp->bind, "places", omp->places,
                     "place_cpus", omp->place_cpus, "environment", environment);
}

static json_t *libraries_json(const struct info *info)
{
    json_t *list = json_array();
    for (int i = 0; i < INFO_LIBRARIES; i++) {
        const struct info_library *l = &info->libraries[i];
        json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:o}", "name", l->name, "compiled",
                                              text(l->compiled), "linked", text(l->linked), "file",
                                              text(l->file)));
    }
    return list;
}

static json_t *simd_json(void)
{
    json_t *available = json_array();
    for (int i = 0; i < RESIZE_KERNELS_COUNT; i++)
        if (resize_kernels_table[i]->usable())
            json_array_append_new(available, json_string(resize_kernels_table[i]->name));
    return json_pack("{s:s, s:o}", "used", resize_kernels_current()->name, "available", available);
}

static json_t *notes_json(const struct info *info)
{
    json_t *list = json_array();
    for (int i = 0; i < info->note_count; i++)
        json_array_append_new(list, text(info->notes[i]));
    return list;
}

json_t *info_json_new(const struct info *info)
{
    json_t *tool =
        json_pack("{s:s, s:s, s:s, s:o}", "version", VERSION_TEXT, "compiler", info->compiler,
                  "build_type", VERSION_BUILD_TYPE, "sanitize", text(VERSION_SANITIZE));
    json_t *clock = json_pack(
        "{s:I, s:I, s:f}", "least_step_ns", (json_int_t)info->clock.least_step_ns, "median_step_ns",
        (json_int_t)info->clock.median_step_ns, "stamp_ns", info->clock.stamp_ns);
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "schema", "pixscale.info/1",
                     "tool", tool, "host", host_json(&info->machine), "limits", limits_json(info),
                     "omp", omp_json(&info->omp), "libraries", libraries_json(info), "simd",
                     simd_json(), "clock", clock, "notes", notes_json(info));
}
