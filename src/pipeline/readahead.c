#include "pipeline/readahead.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/file.h"

/* The window begins small and grows with the bytes that are done, so that the first thread does not
 * ask for all of it before it does anything else. */
#define GROWTH 4

/* The kernel cuts a longer request down to what the disk reads ahead by itself, often this. */
#define STEP_BYTES (128 << 10)

/* So many files in memory, one after the other, are no accident. Then one in SLEEP is looked at:
 * 3 us of system calls become 0.1 us a file. What this costs where a part of the files that is not
 * in memory follows: the first SLEEP of them. */
#define ENOUGH_CACHED 8
#define SLEEP         31

static bool is_read(const struct manifest_entry *entry)
{
    return entry->kind == MANIFEST_REGULAR && entry->bytes > 0;
}

bool readahead_make(struct readahead *ahead, const struct plan *plan,
                    const struct manifest *manifest, uint64_t bytes, int threads)
{
    *ahead = (struct readahead){.plan = plan, .manifest = manifest};
    if (bytes == 0)
        return true;
    ahead->until = malloc((plan->count + 1) * sizeof *ahead->until);
    if (!ahead->until)
        return false;
    /* The first positions are taken at once. */
    size_t next = threads > 0 && (size_t)threads < plan->count ? (size_t)threads : plan->count;
    uint64_t taken = 0, asked = 0; /* bytes of the positions up to k, and before `next` */
    for (size_t j = 0; j < next; j++)
        asked += manifest->entries[plan->order[j]].bytes;
    ahead->until[0] = (uint32_t)next;
    for (size_t k = 0; k < plan->count; k++) {
        taken += manifest->entries[plan->order[k]].bytes;
        uint64_t window = taken < bytes / GROWTH ? taken * GROWTH : bytes;
        while (next < plan->count && (next <= k || asked < taken + window)) {
            asked += manifest->entries[plan->order[next]].bytes;
            next++;
        }
        ahead->until[k + 1] = (uint32_t)next;
    }
    return true;
}

void readahead_free(struct readahead *ahead)
{
    free(ahead->until);
    ahead->until = NULL;
}

/* Whether the file's beginning lies in memory; errno EAGAIN when it does not, others where the file
 * system cannot say. */
static bool in_memory(int fd)
{
#ifdef RWF_NOWAIT
    char byte;
    struct iovec one = {&byte, 1};
    return preadv2(fd, &one, 1, 0, RWF_NOWAIT) >= 0;
#else
    (void)fd;
    return false;
#endif
}

static void look(struct readahead_eye *eye, const struct manifest_entry *entry)
{
    if (eye->asleep > 0) {
        eye->asleep--;
        return;
    }
    int fd = file_open_read(entry->path);
    if (fd < 0)
        return; /* reading will say why */
    if (in_memory(fd)) {
        eye->cached++;
        if (eye->cached >= ENOUGH_CACHED)
            eye->asleep = SLEEP;
    } else {
        eye->cached = 0;
        for (uint64_t at = 0; at < entry->bytes; at += STEP_BYTES)
            posix_fadvise(fd, (off_t)at, STEP_BYTES, POSIX_FADV_WILLNEED);
    }
    close(fd);
}

void readahead_ask(const struct readahead *ahead, struct readahead_eye *eye, size_t k)
{
    if (!ahead->until)
        return;
    int saved = errno;
    for (uint32_t j = ahead->until[k]; j < ahead->until[k + 1]; j++) {
        const struct manifest_entry *entry = &ahead->manifest->entries[ahead->plan->order[j]];
        if (is_read(entry))
            look(eye, entry);
    }
    errno = saved;
}
