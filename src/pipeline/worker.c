#include "pipeline/worker.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "pipeline/reader.h"

/* What a thread has besides when the memory is limited: stacks, and what the heap keeps of small
 * blocks, some 300 KB; and while it works, the weights of earlier pictures (TAPS_CACHE_BYTES), what
 * a short PNG is checked with (CODEC_PNG_CHECKED_BYTES), and decoders. */
#define RESTING_BYTES (512u << 10)
#define WORKING_BYTES (3u << 20)

/* Bytes a pixel of width and of height that decoders, strips and resampler hold, at most: the rows
 * that libjpeg keeps of four components at twice the height, its own and ours, and the weights. */
#define WIDTH_BYTES  320
#define HEIGHT_BYTES 42

/* What the buffers of a worker, but for the reader's, may have grown to: the largest of each. */
struct hold {
    uint64_t decoder, width, height;
};

struct worker {
    const struct worker_options *options;
    struct gate *gate;
    int thread;
    struct hold hold; /* when memory is limited */
    struct npy *npy;
    struct stages_clock *clock; /* or NULL */
    struct reader reader;
    struct readahead_eye eye;
    struct transform *transform;
    struct buffer picture; /* the finished picture, bytes */
    struct buffer row;     /* the same as the array holds it, unless that is the same */
    struct row_sums sums;
};

static size_t picture_bytes(const struct row_format *row)
{
    return (size_t)row->width * row->height * row->channels;
}

struct worker *worker_new(const struct worker_options *options, struct gate *gate, int thread,
                          struct npy *npy)
{
    struct worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        return NULL;
    worker->options = options;
    worker->gate = gate;
    worker->thread = thread;
    worker->npy = npy;
    worker->transform = transform_new(&options->transform);
    bool encodes = !row_format_is_identity(&options->row);
    if (!worker->transform ||
        !buffer_reserve(&worker->picture, picture_bytes(&options->row) + CODEC_ROW_SLACK) ||
        !buffer_reserve(&worker->row, encodes ? row_format_bytes(&options->row) : 0)) {
        worker_free(worker);
        return NULL;
    }
    return worker;
}

void worker_free(struct worker *worker)
{
    if (!worker)
        return;
    reader_free(&worker->reader);
    transform_free(worker->transform);
    buffer_free(&worker->picture);
    buffer_free(&worker->row);
    free(worker);
}

void worker_set_clock(struct worker *worker, struct stages_clock *clock)
{
    worker->clock = clock;
    transform_set_clock(worker->transform, clock);
}

uint64_t worker_fixed_bytes(const struct row_format *row, bool rests)
{
    uint64_t picture = picture_bytes(row), across = (uint64_t)row->width + row->height;
    uint64_t kept = picture + (row_format_is_identity(row) ? 0 : row_format_bytes(row));
    return rests ? RESTING_BYTES + kept : WORKING_BYTES + kept + picture + WIDTH_BYTES * across;
}

/* With empty hands, so that others may have the memory. */
static void let_go(struct worker *worker)
{
    reader_free(&worker->reader);
    transform_let_go(worker->transform);
    worker->hold = (struct hold){0};
}

static void rest(struct worker *worker)
{
    stages_enter(worker->clock, STAGE_DISPATCH);
    let_go(worker);
    gate_rest(worker->gate, worker->thread);
}

void worker_begin(struct worker *worker)
{
    gate_work(worker->gate, worker->thread);
}

void worker_end(struct worker *worker)
{
    if (worker && worker->options->memory)
        rest(worker);
}

/* Writes the finished picture to its row. Returns 0 or an errno. */
static int store(struct worker *worker, uint64_t row)
{
    const struct row_format *format = &worker->options->row;
    const void *data = worker->picture.data;
    stages_enter(worker->clock, STAGE_STORE);
    if (!row_format_is_identity(format)) {
        row_format_encode(format, worker->picture.data, worker->row.data);
        data = worker->row.data;
    }
    if (!npy_write_row(worker->npy, row, data))
        return errno ? errno : EIO;
    /* Not before: a row that was not written is made again by who resumes, and counts then. */
    row_sums_add(&worker->sums, format, worker->picture.data);
    return 0;
}

void worker_look_ahead(struct worker *worker, const struct readahead *ahead, size_t k)
{
    if (ahead)
        readahead_ask(ahead, &worker->eye, k);
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t hold_bytes(const struct hold *hold)
{
    return hold->decoder + WIDTH_BYTES * hold->width + HEIGHT_BYTES * hold->height;
}

/* What is left of `most` for the file. */
static uint64_t room_for_file(const struct worker *worker, uint64_t most)
{
    uint64_t kept = hold_bytes(&worker->hold);
    return kept < most ? most - kept : 0;
}

/* Whether the picture whose file is in the reader fits, beside what the buffers have grown to. If
 * so, that is what they may grow to now. */
static bool may_hold(struct worker *worker, const struct hold *need, uint64_t most)
{
    struct hold both = {
        .decoder = larger(worker->hold.decoder, need->decoder),
        .width = larger(worker->hold.width, need->width),
        .height = larger(worker->hold.height, need->height),
    };
    if (worker->reader.data.capacity + hold_bytes(&both) > most)
        return false;
    worker->hold = both;
    return true;
}

/* Reads and decodes a picture if the worker then holds no more than `most`. Otherwise *need, which
 * is 0 else, says how much the picture takes by itself, as far as is known: its file at least. */
static enum status try_within(struct worker *worker, const struct manifest_entry *entry,
                              uint64_t most, uint64_t *need, struct picture *picture,
                              struct reason *why)
{
    struct reader *reader = &worker->reader;
    struct transform *transform = worker->transform;
    *need = 0;
    enum status status =
        reader_read(reader, entry, worker->options->max_bytes, room_for_file(worker, most), why);
    if (status == STATUS_OK && reader->size == 0) {
        *need = buffer_align(entry->bytes);
        return STATUS_OK;
    }
    if (status == STATUS_OK)
        status =
            transform_open(transform, reader->codec, reader->data.data, reader->size, picture, why);
    if (status != STATUS_OK)
        return status;
    struct hold hold = {picture->memory, picture->width, picture->height};
    if (!may_hold(worker, &hold, most)) {
        transform_close(transform);
        *need = buffer_align(reader->size) + hold_bytes(&hold);
        return STATUS_OK;
    }
    return transform_finish(transform, worker->picture.data, why);
}

/* A picture that does not fit beside what is kept, or not into this thread's share: with empty
 * hands, and then if need be behind the gate. That a file is opened twice is the price of never
 * waiting with one in hand. */
static enum status try_again(struct worker *worker, const struct manifest_entry *entry,
                             uint64_t need, struct picture *picture, struct reason *why)
{
    struct gate *gate = worker->gate;
    enum status status = STATUS_OK;
    while (need) {
        uint64_t own = gate_own(gate);
        rest(worker);
        if (need > gate_most(gate)) {
            *why = reason_own(REASON_OVER_MEMORY, (int64_t)need, (int64_t)gate_most(gate));
            status = STATUS_MEMORY;
            need = 0;
        } else if (need > own) {
            uint64_t most = need;
            gate_enter(gate, most);
            stages_enter(worker->clock, STAGE_READ);
            status = try_within(worker, entry, most, &need, picture, why);
            let_go(worker);
            gate_leave(gate, most);
        } else {
            gate_work(gate, worker->thread);
            stages_enter(worker->clock, STAGE_READ);
            status = try_within(worker, entry, own, &need, picture, why);
            continue;
        }
        gate_work(gate, worker->thread);
    }
    return status;
}

static enum status limited(struct worker *worker, const struct manifest_entry *entry,
                           struct picture *picture, struct reason *why)
{
    uint64_t need;
    if (gate_called(worker->gate)) {
        rest(worker);
        gate_work(worker->gate, worker->thread);
        stages_enter(worker->clock, STAGE_READ);
    }
    enum status status = try_within(worker, entry, gate_own(worker->gate), &need, picture, why);
    return need ? try_again(worker, entry, need, picture, why) : status;
}

/* A picture that takes unusual memory, while no other does. */
static enum status finish_alone(struct worker *worker, struct reason *why)
{
    stages_enter(worker->clock, STAGE_DISPATCH);
    gate_enter(worker->gate, 0);
    stages_enter(worker->clock, STAGE_DECODE);
    enum status status = transform_finish(worker->transform, worker->picture.data, why);
    transform_trim(worker->transform);
    gate_leave(worker->gate, 0);
    return status;
}

static enum status unlimited(struct worker *worker, const struct manifest_entry *entry,
                             struct picture *picture, struct reason *why)
{
    struct reader *reader = &worker->reader;
    enum status status = reader_read(reader, entry, worker->options->max_bytes, UINT64_MAX, why);
    if (status == STATUS_OK)
        status = transform_open(worker->transform, reader->codec, reader->data.data, reader->size,
                                picture, why);
    if (status != STATUS_OK)
        return status;
    if (transform_working_bytes(picture) > GATE_WORKING_BYTES)
        return finish_alone(worker, why);
    return transform_finish(worker->transform, worker->picture.data, why);
}

int worker_item(struct worker *worker, const struct manifest_entry *entry, uint64_t row,
                struct index_item *item, struct slot *slot)
{
    struct picture picture = {0};
    const struct reader *reader = &worker->reader;
    struct reason why = {0};
    enum status status = worker->options->memory ? limited(worker, entry, &picture, &why)
                                                 : unlimited(worker, entry, &picture, &why);
    bool good = status_has_pixels(status);
    int error = good ? store(worker, row) : 0;

    *item = (struct index_item){
        .bytes = entry->bytes,
        .reason = why,
        .width = picture.width,
        .height = picture.height,
        .status = (uint8_t)status,
        .container = (uint8_t)(reader->codec ? reader->codec->container : PICTURE_UNKNOWN),
        .format = (uint8_t)picture.format,
        .done = 1,
    };
    slots_add(slot, &(struct slots_totals){
                        .items = 1,
                        .failed = !good,
                        .bytes = reader->size,
                        .pixels = good ? (uint64_t)picture.width * picture.height : 0,
                    });
    return error;
}

const struct row_sums *worker_sums(const struct worker *worker)
{
    return &worker->sums;
}
