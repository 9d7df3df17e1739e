#include "report/simulated.h"

#include <string.h>

enum simulator_schedule simulated_schedule(enum schedule_kind kind)
{
    switch (kind) {
    case SCHEDULE_STATIC:
        return SIMULATOR_STATIC;
    case SCHEDULE_GUIDED:
        return SIMULATOR_GUIDED;
    case SCHEDULE_AUTO:
        return SIMULATOR_AUTO;
    default:
        return SIMULATOR_DYNAMIC;
    }
}

enum simulator_runtime simulated_runtime(const char *name)
{
    return strstr(name, "libomp") || strstr(name, "LLVM") ? SIMULATOR_LIBOMP : SIMULATOR_LIBGOMP;
}
