/*
 * inject_calls: a library to be preloaded that lets chosen calls of a program fail: requests for
 * memory, and the start of threads. Calls count in main only: what a runtime or the loader does
 * before it is not the program's.
 *
 * Requests go on to whoever comes next, so that a sanitizer's heap works under it. Nothing here
 * allocates.
 */
#include "inject.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

typedef int main_function(int, char **, char **);
typedef int start_function(main_function *, int, char **, void (*)(void), void (*)(void),
                           void (*)(void), void *);

int __libc_start_main(main_function *, int, char **, void (*)(void), void (*)(void), void (*)(void),
                      void *);

static struct inject *inject; /* NULL in programs that this one starts */
static main_function *real_main;
static void *volatile lost;
static volatile int lost_file;

/* In the question for a thread's stack, which a sanitizer asks as each begins and must be answered:
 * the C library fetches some memory for it. The program itself never asks. */
static _Thread_local bool asks_for_stack;

/* Whether a request of this kind is to fail. */
static bool fails(enum inject_calls kind)
{
    if (!inject || inject->fails != kind || !atomic_load(&inject->in_main) || asks_for_stack)
        return false;
    return inject_fails(inject);
}

/* The next function of that name: the C library's, or the sanitizer's before it. */
static void *next(void **known, const char *name)
{
    if (!*known)
        *known = dlsym(RTLD_NEXT, name);
    return *known;
}
#define NEXT(type, name)                                                                           \
    static void *known;                                                                            \
    type name##_next = (type)(ptrdiff_t)next(&known, #name)

typedef void *malloc_function(size_t);
typedef void *calloc_function(size_t, size_t);
typedef void *realloc_function(void *, size_t);
typedef int posix_memalign_function(void **, size_t, size_t);
typedef int pthread_getattr_function(pthread_t, pthread_attr_t *);
typedef int pthread_create_function(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

static void *refuse(void)
{
    if (inject->leak) {
        NEXT(malloc_function *, malloc);
        lost = malloc_next(4242);
        lost = NULL;
        lost_file = open("/", O_PATH);
    }
    errno = ENOMEM;
    return NULL;
}

void *malloc(size_t size)
{
    NEXT(malloc_function *, malloc);
    return fails(INJECT_MALLOC) ? refuse() : malloc_next(size);
}

void *calloc(size_t count, size_t size)
{
    NEXT(calloc_function *, calloc);
    return fails(INJECT_MALLOC) ? refuse() : calloc_next(count, size);
}

void *realloc(void *block, size_t size)
{
    NEXT(realloc_function *, realloc);
    return fails(INJECT_MALLOC) ? refuse() : realloc_next(block, size);
}

void *reallocarray(void *block, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(block, bytes);
}

void *memalign(size_t align, size_t size)
{
    NEXT(calloc_function *, memalign);
    return fails(INJECT_MALLOC) ? refuse() : memalign_next(align, size);
}

void *aligned_alloc(size_t align, size_t size)
{
    NEXT(calloc_function *, aligned_alloc);
    return fails(INJECT_MALLOC) ? refuse() : aligned_alloc_next(align, size);
}

int posix_memalign(void **block, size_t align, size_t size)
{
    NEXT(posix_memalign_function *, posix_memalign);
    if (!fails(INJECT_MALLOC))
        return posix_memalign_next(block, align, size);
    refuse();
    return ENOMEM;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                   void *argument)
{
    NEXT(pthread_create_function *, pthread_create);
    return fails(INJECT_THREAD) ? EAGAIN : pthread_create_next(thread, attributes, start, argument);
}

int pthread_getattr_np(pthread_t thread, pthread_attr_t *attributes)
{
    NEXT(pthread_getattr_function *, pthread_getattr_np);
    asks_for_stack = true;
    int status = pthread_getattr_np_next(thread, attributes);
    asks_for_stack = false;
    return status;
}

static int counted_main(int argc, char **argv, char **environment)
{
    if (inject)
        atomic_store(&inject->in_main, true);
    int status = real_main(argc, argv, environment);
    if (inject)
        atomic_store(&inject->in_main, false);
    return status;
}

/* Programs that this one starts are to find neither the memory nor a name for it. */
static void map_shared(void)
{
    const char *number = getenv(INJECT_SHARED);
    if (!number)
        return;
    int fd = atoi(number);
    void *memory = mmap(NULL, sizeof *inject, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    unsetenv(INJECT_SHARED);
    if (memory != MAP_FAILED)
        inject = memory;
}

int __libc_start_main(main_function *program, int argc, char **argv, void (*begin)(void),
                      void (*end)(void), void (*end_loader)(void), void *stack)
{
    NEXT(start_function *, __libc_start_main);
    real_main = program;
    map_shared();
    return __libc_start_main_next(counted_main, argc, argv, begin, end, end_loader, stack);
}
