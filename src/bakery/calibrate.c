#include "bakery/calibrate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/simulator.h"

const int calibrate_teams[CALIBRATE_POINTS] = {1, 2, 4, CALIBRATE_TEAM};

/* A slow thread of 2.5 is ready just before the others when eight share 96 slices from a queue, so
 * that no uneven end hides it. */
const struct calibrate_case calibrate_cases[CALIBRATE_CASES] = {
    {"nothing", "nothing", NULL, "dynamic,1", DIAGNOSIS_NONE, CALIBRATE_SERIAL},
    {"serial-5", "a serial part of 5 %", "serial=0.05", "dynamic,1", DIAGNOSIS_SERIAL,
     CALIBRATE_SERIAL},
    {"serial-25", "a serial part of 25 %", "serial=0.25", "dynamic,1", DIAGNOSIS_SERIAL,
     CALIBRATE_SERIAL},
    {"triangle", "growing slices, static", "imbalance=1", "static", DIAGNOSIS_IMBALANCE,
     CALIBRATE_IMBALANCE},
    {"longest", "one long slice, last", "longest=0.3", "dynamic,1", DIAGNOSIS_IMBALANCE,
     CALIBRATE_IMBALANCE},
    {"overhead", "chunks cost 1/2 minute", "overhead=0.5", "dynamic,1", DIAGNOSIS_OVERHEAD,
     CALIBRATE_DISPATCH},
    {"contention", "contention, kappa", "contention=0.02", "dynamic,1", DIAGNOSIS_CONTENTION,
     CALIBRATE_KAPPA},
    {"knee", "2 power sockets", "sockets=2", "dynamic,1", DIAGNOSIS_BANDWIDTH, CALIBRATE_KNEE},
    {"slow-static", "slow thread, static", "slow=2.5", "static", DIAGNOSIS_SLOW, CALIBRATE_SLOWER},
    {"slow-dynamic", "slow thread, dynamic", "slow=2.5", "dynamic,1", DIAGNOSIS_SLOW,
     CALIBRATE_SLOWER},
};

/* The number of "serial=0.05", when that is the option's name; else `usual`. */
static double planted(const struct calibrate_case *which, const char *name, double usual)
{
    size_t length = strlen(name);
    if (!which->option || strncmp(which->option, name, length) != 0 || which->option[length] != '=')
        return usual;
    return strtod(which->option + length + 1, NULL);
}

struct toast calibrate_toast(const struct calibrate_case *which, int64_t minute_ns)
{
    struct toast toast = toast_default();
    toast.slices = CALIBRATE_SLICES;
    toast.minute_ns = minute_ns;
    schedule_parse(&toast.schedule, which->schedule);
    toast.serial = planted(which, "serial", 0);
    toast.imbalance = planted(which, "imbalance", 0);
    toast.longest = planted(which, "longest", 0);
    toast.overhead = planted(which, "overhead", 0);
    toast.contention = planted(which, "contention", 0);
    toast.sockets = (int)planted(which, "sockets", 0);
    toast.slow = planted(which, "slow", 1);
    return toast;
}

/* What the threads of the largest team wait for the busiest, by the simulator. */
static double imbalance_of(const struct toast *toast)
{
    double seconds[CALIBRATE_SLICES];
    toast_slices(toast, seconds);
    bool even = toast->schedule.kind == SCHEDULE_STATIC;
    struct simulator_loop loop = {.seconds = seconds,
                                  .count = CALIBRATE_SLICES,
                                  .threads = CALIBRATE_TEAM,
                                  .schedule = even ? SIMULATOR_STATIC : SIMULATOR_DYNAMIC,
                                  .chunk = toast->schedule.chunk};
    struct simulator_result result;
    if (!simulator_run(&loop, &result))
        return NAN;
    return (result.max_busy - result.mean_busy) / result.seconds;
}

double calibrate_truth(const struct calibrate_case *which, int64_t minute_ns)
{
    struct toast toast = calibrate_toast(which, minute_ns);
    switch (which->quantity) {
    case CALIBRATE_SERIAL:
        return toast.serial;
    case CALIBRATE_IMBALANCE:
        return imbalance_of(&toast);
    case CALIBRATE_DISPATCH:
        return toast.overhead * (double)minute_ns * 1e-9;
    case CALIBRATE_KAPPA:
        return toast.contention;
    case CALIBRATE_KNEE:
        return toast.sockets;
    case CALIBRATE_SLOWER:
        return toast.slow;
    }
    return NAN;
}

const char *calibrate_quantity_name(enum calibrate_quantity quantity)
{
    static const char *const names[] = {
        [CALIBRATE_SERIAL] = "serial share",
        [CALIBRATE_IMBALANCE] = "imbalance",
        [CALIBRATE_DISPATCH] = "dispatch seconds a chunk",
        [CALIBRATE_KAPPA] = "kappa",
        [CALIBRATE_KNEE] = "knee",
        [CALIBRATE_SLOWER] = "slowest thread",
    };
    return names[quantity];
}
