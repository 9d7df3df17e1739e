#include "model/robust_mean.h"

#include <math.h>
#include <stdlib.h>

#include "model/least_squares.h"

bool robust_mean(struct robust_mean *mean, const double *values, size_t count)
{
    *mean = (struct robust_mean){NAN, NAN};
    if (count == 0)
        return true;
    double(*ones)[LEAST_SQUARES_TERMS] = calloc(count, sizeof *ones);
    if (!ones)
        return false;
    for (size_t i = 0; i < count; i++)
        ones[i][0] = 1;
    struct least_squares_data data = {
        .x = (const double(*)[LEAST_SQUARES_TERMS])ones, .y = values, .n = count, .terms = 1};
    struct least_squares_fit fit;
    bool ok = least_squares_robust(&fit, &data);
    free(ones);
    if (ok && fit.solved) {
        mean->value = fit.free[0];
        mean->error = count > 1 ? sqrt(fit.covariance[0][0]) : NAN;
    }
    return ok;
}
