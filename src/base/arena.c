#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ONE_BLOCK_EACH 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ONE_BLOCK_EACH 1
#endif
#endif
#ifndef ONE_BLOCK_EACH
#define ONE_BLOCK_EACH 0
#endif

enum { BLOCK_SIZE = 16 * 1024 };

struct arena_block {
  struct arena_block *older;
  size_t used;
  size_t size;
  max_align_t data[];
};

noreturn void bug_at(const char *file, int line, const char *message)
{
  fprintf(stderr, "crisol: defect at %s:%d: %s\nPlease report this with the command that you ran.\n", file, line,
          message);
  /* Exit code 5 is "a defect of crisol"; abort() would show a shell's 134 instead. */
#ifdef NDEBUG
  _Exit(5);
#else
  abort();
#endif
}

static noreturn void out_of_memory(size_t size)
{
  fprintf(stderr, "crisol: out of memory: could not allocate %zu bytes\n", size);
  _Exit(3);
}

void *checked_malloc(size_t size)
{
  void *memory = malloc(size > 0 ? size : 1);
  if (memory == NULL)
    out_of_memory(size);
  return memory;
}

void *checked_realloc(void *memory, size_t size)
{
  void *grown = realloc(memory, size > 0 ? size : 1);
  if (grown == NULL)
    out_of_memory(size);
  return grown;
}

size_t size_multiply(size_t a, size_t b)
{
  size_t product = 0;
  if (__builtin_mul_overflow(a, b, &product))
    out_of_memory(SIZE_MAX);
  return product;
}

size_t size_add(size_t a, size_t b)
{
  size_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum))
    out_of_memory(SIZE_MAX);
  return sum;
}

void *arena_alloc(struct arena *arena, size_t size)
{
  const size_t alignment = sizeof(max_align_t);
  size_t rounded = size_add(size, alignment - 1) / alignment * alignment;
  struct arena_block *block = arena->newest;
  if (ONE_BLOCK_EACH || block == NULL || block->size - block->used < rounded) {
    size_t room = ONE_BLOCK_EACH || rounded > BLOCK_SIZE ? rounded : BLOCK_SIZE;
    block = checked_malloc(size_add(sizeof(*block), room));
    *block = (struct arena_block){ .older = arena->newest, .used = 0, .size = room };
    arena->newest = block;
  }
  char *memory = (char *)block->data + block->used;
  block->used += rounded;
  memset(memory, 0, rounded);
  return memory;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
  return arena_alloc(arena, size_multiply(count, size));
}

char *arena_copy(struct arena *arena, const char *data, size_t length)
{
  char *copy = arena_alloc(arena, size_add(length, 1));
  if (length > 0)
    memcpy(copy, data, length);
  return copy;
}

size_t printf_size(const char *format, va_list arguments)
{
  va_list copy;
  va_copy(copy, arguments);
  int length = vsnprintf(NULL, 0, format, copy);
  va_end(copy);
  if (length < 0)
    BUG("printf: bad format");
  return (size_t)length + 1;
}

char *arena_vprintf(struct arena *arena, const char *format, va_list arguments)
{
  size_t size = printf_size(format, arguments);
  char *text = arena_alloc(arena, size);
  vsnprintf(text, size, format, arguments);
  return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  char *text = arena_vprintf(arena, format, arguments);
  va_end(arguments);
  return text;
}

void *arena_grow(struct arena *arena, void *array, size_t count, size_t *capacity, size_t size)
{
  if (count < *capacity)
    return array;
  size_t larger = *capacity == 0 ? 8 : size_multiply(*capacity, 2);
  void *grown = arena_array(arena, larger, size);
  if (count > 0)
    memcpy(grown, array, size_multiply(count, size));
  *capacity = larger;
  return grown;
}

void arena_done(struct arena *arena)
{
  struct arena_block *block = arena->newest;
  while (block != NULL) {
    struct arena_block *older = block->older;
    free(block);
    block = older;
  }
  arena->newest = NULL;
}
