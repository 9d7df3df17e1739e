/*
 * overheads_table: what overheads measured, as a table for people.
 * Knows: bakery/overheads.h, report/writer.h.
 */
#ifndef PIXSCALE_BAKERY_OVERHEADS_TABLE_H
#define PIXSCALE_BAKERY_OVERHEADS_TABLE_H

#include "bakery/overheads.h"
#include "report/writer.h"

/* The table, 80 columns wide, with what it says in words below. */
void overheads_table_write(struct writer *writer, const struct overheads *overheads);

#endif
