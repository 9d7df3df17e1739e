#include "model/karp_flatt.h"

#include <math.h>

double karp_flatt(double speedup, double threads)
{
    return threads > 1.0 ? (1.0 / speedup - 1.0 / threads) / (1.0 - 1.0 / threads) : NAN;
}

struct study_interval karp_flatt_interval(struct study_interval speedup, double threads)
{
    return (struct study_interval){karp_flatt(speedup.high, threads),
                                   karp_flatt(speedup.low, threads)};
}
