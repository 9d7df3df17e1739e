#include "cli/run_launch.h"

#include <limits.h>
#include <omp.h>
#include <unistd.h>

#include "base/escape.h"
#include "cli/run_team.h"

void run_launch_tell(const struct launch *launch, const struct run_options *options, FILE *stream)
{
    char text[256];
    if (options->quiet || launch->local_rank != 0)
        return;
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    if (online < 1 || online > INT_MAX)
        return;
    if (launch_is_bound(launch, run_team_asked(options), omp_get_num_procs(), (int)online, text,
                        sizeof text))
        escape_line(stream, "pixscale: %s", text);
}
