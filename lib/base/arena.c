#include "lib/base/arena.h"

#include <stdalign.h>
#include <string.h>

#include "lib/base/poison.h"
#include "lib/base/pool.h"

/* At the head of each piece of memory from the pool. */
struct piece {
    alignas(max_align_t) struct piece *next;
    size_t octets;
};

/* Lives in its first piece, which is therefore given back last. */
struct arena {
    alignas(max_align_t) struct pool *pool;
    struct piece *pieces; /* all there are, the first one too */
    uint8_t *at, *end;    /* what is free of the chunk in use */
    size_t used, cap;     /* used <= cap */
};

static size_t aligned(size_t size)
{
    return (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
}

static uint8_t *piece_body(struct piece *piece)
{
    return (uint8_t *)(piece + 1);
}

static struct piece *piece_take(struct pool *pool, size_t octets)
{
    struct piece *piece = pool_take(pool, octets);
    if (piece == NULL)
        return NULL;
    piece->octets = octets;
    poison_close(piece_body(piece), octets - sizeof *piece);
    return piece;
}

/* Several chunks are one block of the heap, which must go back as open as it came. */
static void piece_give(struct pool *pool, struct piece *piece)
{
    size_t octets = piece->octets;
    poison_open(piece, octets);
    pool_give(pool, piece, octets);
}

static struct piece *add_piece(struct arena *arena, size_t octets)
{
    struct piece *piece = piece_take(arena->pool, octets);
    if (piece != NULL) {
        piece->next = arena->pieces;
        arena->pieces = piece;
    }
    return piece;
}

/* What does not fit a chunk gets a piece of its own size; the chunk in use goes on being used. */
static uint8_t *alloc_big(struct arena *arena, size_t size)
{
    struct piece *piece = add_piece(arena, sizeof *piece + size);
    return piece != NULL ? piece_body(piece) : NULL;
}

static bool refill(struct arena *arena)
{
    struct piece *piece = add_piece(arena, POOL_CHUNK);
    if (piece == NULL)
        return false;
    arena->at = piece_body(piece);
    arena->end = (uint8_t *)piece + POOL_CHUNK;
    return true;
}

struct arena *arena_create(struct pool *pool, size_t cap_octets)
{
    struct piece *piece = piece_take(pool, POOL_CHUNK);
    if (piece == NULL)
        return NULL;
    struct arena *arena = (struct arena *)(void *)piece_body(piece);
    poison_open(arena, sizeof *arena);
    piece->next = NULL;
    *arena = (struct arena){
        .pool = pool,
        .pieces = piece,
        .at = piece_body(piece) + sizeof *arena,
        .end = (uint8_t *)piece + POOL_CHUNK,
        .cap = cap_octets,
    };
    return arena;
}

/* All but the first piece, where the arena lives. */
static struct piece *give_others(struct arena *arena)
{
    struct piece *first = (struct piece *)(void *)arena - 1, *next;
    for (struct piece *piece = arena->pieces; piece != NULL; piece = next) {
        next = piece->next;
        if (piece != first)
            piece_give(arena->pool, piece);
    }
    return first;
}

void arena_reset(struct arena *arena)
{
    struct piece *first = give_others(arena);
    first->next = NULL;
    arena->pieces = first;
    arena->at = piece_body(first) + sizeof *arena;
    arena->end = (uint8_t *)first + POOL_CHUNK;
    arena->used = 0;
    poison_close(arena->at, (size_t)(arena->end - arena->at));
}

struct arena_mark arena_mark(const struct arena *arena)
{
    return (struct arena_mark){ arena->pieces, arena->at, arena->end, arena->used };
}

/* Pieces are stacked: those above the mark's came later. */
void arena_release(struct arena *arena, const struct arena_mark *mark)
{
    while (arena->pieces != mark->piece) {
        struct piece *piece = arena->pieces;
        arena->pieces = piece->next;
        piece_give(arena->pool, piece);
    }
    arena->at = mark->at;
    arena->end = mark->end;
    arena->used = mark->used;
    poison_close(arena->at, (size_t)(arena->end - arena->at));
}

void arena_destroy(struct arena *arena)
{
    if (arena == NULL)
        return;
    struct pool *pool = arena->pool;
    piece_give(pool, give_others(arena));
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t taken = aligned(size), left = arena->cap - arena->used;
    if (size > left || taken > left || size > SIZE_MAX / 2) /* aligned() may have wrapped */
        return NULL;
    uint8_t *at = NULL;
    if (taken > POOL_CHUNK - sizeof(struct piece)) {
        at = alloc_big(arena, taken);
    } else if (taken <= (size_t)(arena->end - arena->at) || refill(arena)) {
        at = arena->at;
        arena->at += taken;
    }
    if (at == NULL)
        return NULL;
    poison_open(at, size);
    arena->used += taken;
    return at;
}

void *arena_zero(struct arena *arena, size_t size)
{
    void *at = arena_alloc(arena, size);
    return at != NULL ? memset(at, 0, size) : NULL;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    size_t octets;
    return __builtin_mul_overflow(count, size, &octets) ? NULL : arena_zero(arena, octets);
}

void *arena_copy(struct arena *arena, const void *from, size_t size)
{
    void *at = arena_alloc(arena, size);
    if (at != NULL && size > 0)
        memcpy(at, from, size);
    return at;
}

size_t arena_used(const struct arena *arena)
{
    return arena->used;
}
