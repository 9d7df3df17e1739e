/*
 * The affinity mask, and why main is too late for it.
 *
 * With OMP_PROC_BIND, OMP_PLACES or GOMP_CPU_AFFINITY set, libgomp binds the initial thread to its
 * place while the program is loaded: in its constructor, which runs before every constructor of the
 * program, whatever their priority, as libraries are initialised before those who need them.
 * Measured with gcc 12 on two CPUs and OMP_PROC_BIND=true: sched_getaffinity gives 1 CPU in main
 * and in a constructor of priority 101, and 2 in a function of .preinit_array, which the loader of
 * glibc runs before the first constructor of all. omp_get_num_procs (2) knows how many CPUs there
 * were but not which, and the places are only those that OMP_PLACES names.
 * So the mask is taken there. Where a system ignores .preinit_array (musl) main takes it.
 */
#include "profile/machine.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <hwloc.h>
#include <limits.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>
#if defined __x86_64__ || defined __i386__
#include <cpuid.h>
#endif

#include "base/file.h"

/* The most CPUs that Linux can be built for; a smaller set fails with EINVAL on large machines. */
#define MASK_CPUS 8192

/* The only state of this room: written before main or at its start, then read. */
static cpu_set_t given[MASK_CPUS / CPU_SETSIZE];
static int given_cpus; /* 0: not taken yet */

/* Runs before constructors and, in a sanitised build, maybe before the sanitizer: only calls. */
__attribute__((no_sanitize("address", "undefined", "thread"))) static void take_affinity(void)
{
    if (given_cpus == 0 && sched_getaffinity(0, sizeof given, given) == 0)
        given_cpus = CPU_COUNT_S(sizeof given, given);
}

/* One entry of the table that the loader walks. Not const, as the section is writable. */
__attribute__((section(".preinit_array"), used)) static void (*early)(void) = take_affinity;

void machine_remember_affinity(void)
{
    take_affinity();
}

bool machine_restore_affinity(void)
{
    if (given_cpus == 0) {
        errno = ENODATA;
        return false;
    }
    return sched_setaffinity(0, sizeof given, given) == 0;
}

bool machine_cpu_allowed(int cpu)
{
    if (given_cpus == 0)
        return true;
    return cpu >= 0 && cpu < MASK_CPUS && CPU_ISSET_S((size_t)cpu, sizeof given, given);
}

static hwloc_topology_t load_topology(void)
{
    /* The machine whole, whatever a cpuset hides; found without moving this thread over all CPUs,
     * which takes long on large machines and disturbs what runs there. */
    unsigned long flags = HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED;
#if HWLOC_API_VERSION >= 0x00020500
    flags |= HWLOC_TOPOLOGY_FLAG_DONT_CHANGE_BINDING;
#endif
    hwloc_topology_t topology;
    if (hwloc_topology_init(&topology) != 0)
        return NULL;
    if (hwloc_topology_set_flags(topology, flags) == 0 && hwloc_topology_load(topology) == 0)
        return topology;
    hwloc_topology_destroy(topology);
    return NULL;
}

/* How many of a type there are; several levels or none count as 0. */
static int count_of(hwloc_topology_t topology, hwloc_obj_type_t type)
{
    int count = hwloc_get_nbobjs_by_type(topology, type);
    return count > 0 ? count : 0;
}

static void add_cache(struct machine *m, const struct machine_cache *cache)
{
    for (int i = 0; i < m->cache_count; i++) {
        struct machine_cache *known = &m->caches[i];
        if (known->level == cache->level && known->bytes == cache->bytes &&
            known->shared_by == cache->shared_by) {
            known->count++;
            return;
        }
    }
    if (m->cache_count < MACHINE_CACHES)
        m->caches[m->cache_count++] = *cache;
}

static void read_caches(hwloc_topology_t topology, struct machine *m)
{
    static const hwloc_obj_type_t types[] = {HWLOC_OBJ_L1CACHE, HWLOC_OBJ_L2CACHE,
                                             HWLOC_OBJ_L3CACHE, HWLOC_OBJ_L4CACHE};
    for (int level = 1; level <= 4; level++)
        for (hwloc_obj_t o = NULL;
             (o = hwloc_get_next_obj_by_type(topology, types[level - 1], o)) != NULL;)
            add_cache(m, &(struct machine_cache){.level = level,
                                                 .bytes = (int64_t)o->attr->cache.size,
                                                 .count = 1,
                                                 .shared_by = hwloc_bitmap_weight(o->cpuset)});
}

/* Counts the cores under the affinity mask, and the hardware threads of the fullest core. */
static void read_cores(hwloc_topology_t topology, struct machine *m)
{
    for (hwloc_obj_t o = NULL;
         (o = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_CORE, o)) != NULL;) {
        int threads = 0;
        bool allowed = false;
        int cpu;
        hwloc_bitmap_foreach_begin(cpu, o->cpuset)
        {
            threads++;
            allowed |= cpu < MASK_CPUS && CPU_ISSET_S((size_t)cpu, sizeof given, given);
        }
        hwloc_bitmap_foreach_end();
        m->smt = threads > m->smt ? threads : m->smt;
        m->affinity_cores += allowed;
    }
}

static void read_topology_here(struct machine *m)
{
    hwloc_topology_t topology = load_topology();
    if (!topology)
        return;
    m->sockets = count_of(topology, HWLOC_OBJ_PACKAGE);
    m->cores = count_of(topology, HWLOC_OBJ_CORE);
    m->cpus = count_of(topology, HWLOC_OBJ_PU);
    m->numa_nodes = count_of(topology, HWLOC_OBJ_NUMANODE);
    m->cores_known = m->cores > 0;
    hwloc_obj_t package = hwloc_get_obj_by_type(topology, HWLOC_OBJ_PACKAGE, 0);
    const char *model = package ? hwloc_obj_get_info_by_name(package, "CPUModel") : NULL;
    if (!model)
        model = hwloc_obj_get_info_by_name(hwloc_get_root_obj(topology), "CPUModel");
    if (model && *model)
        snprintf(m->cpu_model, sizeof m->cpu_model, "%s", model);
    read_caches(topology, m);
    read_cores(topology, m);
    hwloc_topology_destroy(topology);
}

/* hwloc 2.9 takes memory and the system's own files for granted: without them it reads through a
 * null pointer or aborts. Nothing of that may cost the run whose record this is, so a child looks,
 * silently, and the whole of what it found comes back or nothing. */
static _Noreturn void look_as_child(struct machine *m, int out)
{
    static const struct rlimit none;
    setrlimit(RLIMIT_CORE, &none);
    for (int number = SIGHUP; number < NSIG; number++)
        signal(number, SIG_DFL);
    close(STDERR_FILENO);
    read_topology_here(m);
    /* Less than a pipe holds: it is written at once. */
    _exit(write(out, m, sizeof *m) == (ssize_t)sizeof *m ? 0 : 1);
}

static void read_topology(struct machine *m)
{
    static_assert(sizeof *m <= PIPE_BUF, "a machine is written at once");
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return;
    pid_t child = fork();
    if (child == 0)
        look_as_child(m, ends[1]);
    close(ends[1]);
    struct machine found;
    if (child > 0 && file_read(ends[0], &found, sizeof found) == (ssize_t)sizeof found)
        *m = found;
    close(ends[0]);
    while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
        continue;
}

static bool hypervisor_present(void)
{
#if defined __x86_64__ || defined __i386__
    /* Leaf 1, ECX bit 31 is never set by hardware: hypervisors set it (Intel SDM 2A, CPUID). */
    unsigned a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c >> 31 & 1);
#else
    return false;
#endif
}

static void read_system(struct machine *m)
{
    struct utsname names;
    snprintf(m->host, sizeof m->host, "unknown");
    snprintf(m->kernel, sizeof m->kernel, "unknown");
    if (uname(&names) == 0) {
        snprintf(m->host, sizeof m->host, "%s", names.nodename);
        snprintf(m->kernel, sizeof m->kernel, "%.30s %.60s %.30s", names.sysname, names.release,
                 names.machine);
    }
    int64_t pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    m->memory_bytes = pages > 0 && page > 0 ? pages * page : 0;
    m->virtual_machine = hypervisor_present();
}

void machine_read(struct machine *m)
{
    *m = (struct machine){.cpu_model = "unknown", .smt = 1};
    take_affinity();
    read_system(m);
    read_topology(m);
    int online = (int)sysconf(_SC_NPROCESSORS_ONLN);
    if (m->cpus == 0 && online > 0)
        m->cpus = online;
    m->affinity_cpus = given_cpus ? given_cpus : online > 0 ? online : 1;
    if (!m->cores_known || m->affinity_cores == 0)
        m->affinity_cores = m->affinity_cpus;
    machine_limits_read("", &m->limits);
    m->usable_cpus = m->affinity_cpus;
    if (m->limits.quota_cgroup && m->limits.quota_cpus < m->usable_cpus)
        m->usable_cpus = (int)fmax(1, floor(m->limits.quota_cpus));
}

/* As few decimals, from one to three, as tell the quota: 4.0, 1.25, 0.001. */
static int quota_decimals(double quota)
{
    int decimals = 1;
    for (double scale = 10; decimals < 3; decimals++, scale *= 10)
        if (fabs(quota * scale - round(quota * scale)) < 1e-6)
            break;
    return decimals;
}

void machine_sentence(const struct machine *m, char *text, size_t size)
{
    bool affinity = m->cpus > 0 && m->affinity_cpus < m->cpus;
    bool quota = m->limits.quota_cgroup && m->limits.quota_cpus < m->affinity_cpus;
    char allowed[64] = "", granted[96] = "";
    if (affinity)
        snprintf(allowed, sizeof allowed, "affinity allows %d", m->affinity_cpus);
    if (quota)
        snprintf(granted, sizeof granted, "cgroup quota %.*f (%s)",
                 quota_decimals(m->limits.quota_cpus), m->limits.quota_cpus,
                 m->limits.quota_cgroup == 2 ? "cpu.max" : "cpu.cfs_quota_us");
    if (!affinity && !quota && m->cpus > 1)
        snprintf(text, size, "all %d CPUs may be used", m->cpus);
    else
        snprintf(text, size, "%d of %d CPU%s may be used%s%s%s%s", m->usable_cpus, m->cpus,
                 m->cpus == 1 ? "" : "s", affinity || quota ? ": " : "", allowed,
                 affinity && quota ? ", " : "", granted);
}
