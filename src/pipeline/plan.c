#include "pipeline/plan.h"

#include <stdlib.h>

#include "dataset/manifest_cost.h"

struct costed {
    uint64_t cost;
    uint32_t entry;
};

static int costlier_first(const void *a, const void *b)
{
    const struct costed *x = a, *y = b;
    if (x->cost != y->cost)
        return x->cost > y->cost ? -1 : 1;
    return x->entry < y->entry ? -1 : x->entry > y->entry;
}

static bool order_by_cost(struct plan *plan, const struct manifest *manifest)
{
    struct costed *costed = malloc(plan->count * sizeof *costed);
    if (!costed)
        return false;
    for (size_t i = 0; i < plan->count; i++)
        costed[i] =
            (struct costed){.cost = manifest_cost(&manifest->entries[i]), .entry = (uint32_t)i};
    qsort(costed, plan->count, sizeof *costed, costlier_first);
    for (size_t i = 0; i < plan->count; i++)
        plan->order[i] = costed[i].entry;
    free(costed);
    return true;
}

bool plan_make(struct plan *plan, const struct manifest *manifest, enum plan_order order,
               struct error *error)
{
    *plan = (struct plan){.count = manifest->count};
    if (plan->count > UINT32_MAX)
        return error_set(error, ERROR_USAGE, "%zu inputs are more than 2^32; split the list",
                         plan->count);
    plan->order = malloc((plan->count ? plan->count : 1) * sizeof *plan->order);
    bool ok = plan->order != NULL;
    for (size_t i = 0; ok && i < plan->count; i++)
        plan->order[i] = (uint32_t)i;
    if (ok && plan->count && order == PLAN_COST)
        ok = order_by_cost(plan, manifest);
    if (!ok) {
        plan_free(plan);
        return error_set(error, ERROR_OUTPUT, "no memory to plan %zu inputs", manifest->count);
    }
    return true;
}

void plan_free(struct plan *plan)
{
    free(plan->order);
    plan->order = NULL;
}

void plan_skip_done(struct plan *plan, const struct index_item *items)
{
    size_t left = 0;
    for (size_t k = 0; k < plan->count; k++)
        if (!items[plan->order[k]].done)
            plan->order[left++] = plan->order[k];
    plan->count = left;
}
