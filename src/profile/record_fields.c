#include "profile/record_fields.h"

#define AT(field) offsetof(struct record, field)
#define FIELD(object, name, type)                                                                  \
    {                                                                                              \
        object, #name, type, AT(name), false, NULL                                                 \
    }

static const char *const kinds[] = {"run",    "foreign",  "serial", "weak",
                                    "bakery", "manifest", "merge",  NULL};
static const char *const works[] = {"computing", "waiting", NULL};

const struct record_field record_fields[] = {
    {"tool", "version", RECORD_TEXT, AT(tool_version), false, NULL},
    {"tool", "git", RECORD_TEXT, AT(tool_git), false, NULL},
    FIELD(NULL, time_utc, RECORD_TEXT),
    {"host", "name", RECORD_TEXT, AT(host_name), false, NULL},
    FIELD("host", cpu_model, RECORD_TEXT),
    FIELD("host", kernel, RECORD_TEXT),
    FIELD("omp", requested, RECORD_COUNT),
    {"omp", "delivered", RECORD_COUNT, AT(delivered), true, NULL},
    FIELD("omp", schedule, RECORD_TEXT),
    FIELD("omp", bind, RECORD_TEXT),
    FIELD("omp", places, RECORD_TEXT),
    FIELD("omp", wait_policy, RECORD_TEXT),
    FIELD("omp", runtime, RECORD_TEXT),
    FIELD("limits", affinity_cpus, RECORD_CPUS),
    FIELD("limits", cgroup_cpus, RECORD_REAL),
    FIELD("limits", cores, RECORD_CPUS),
    FIELD("guard", steal_ms, RECORD_REAL),
    FIELD("guard", throttled_ms, RECORD_REAL),
    FIELD("guard", foreign_cpu_ms, RECORD_REAL),
    FIELD("guard", capacity, RECORD_REAL),
    FIELD("guard", load1, RECORD_REAL),
    FIELD("guard", involuntary_switches, RECORD_COUNT),
    FIELD("guard", contaminated, RECORD_FLAG),
    FIELD("guard", why, RECORD_TEXT),
    {"job", "kind", RECORD_TEXT, AT(kind), false, kinds},
    {"job", "work", RECORD_TEXT, AT(work), false, works},
    FIELD("job", command, RECORD_TEXT),
    FIELD("job", options, RECORD_TEXT),
    FIELD("job", manifest_hash, RECORD_TEXT),
    FIELD("job", items, RECORD_COUNT),
    FIELD("job", failed, RECORD_COUNT),
    FIELD("job", bytes, RECORD_COUNT),
    FIELD("job", pixels, RECORD_COUNT),
    FIELD("job", oversubscribe, RECORD_FLAG),
    FIELD("job", serial, RECORD_FLAG),
    FIELD("job", weak, RECORD_FLAG),
    FIELD("shard", set, RECORD_TEXT),
    {"shard", "index", RECORD_COUNT, AT(shard), false, NULL},
    {"shard", "count", RECORD_COUNT, AT(shards), false, NULL},
    FIELD("shard", first_row, RECORD_COUNT),
    FIELD("shard", rows, RECORD_COUNT),
    FIELD("shard", set_rows, RECORD_COUNT),
    {"launch", "by", RECORD_TEXT, AT(launcher), false, NULL},
    FIELD("launch", rank, RECORD_COUNT),
    FIELD("launch", ranks, RECORD_COUNT),
    FIELD("launch", local_ranks, RECORD_COUNT),
    {"clock", "step_ns", RECORD_NS, AT(clock_step_ns), false, NULL},
    FIELD("clock", stamp_ns, RECORD_REAL),
    FIELD("clock", stamps, RECORD_COUNT),
    {NULL, "wall_ns", RECORD_NS, AT(wall_ns), true, NULL},
    {0},
};
