/* The module hash of NAS-Bench-101 (Ying et al. 2019), for 32 cells at a time.
 *
 * Every vertex starts from md5 of "(out-degree, in-degree, label)"; then V rounds of
 *   h[v] = md5 (sorted h of the inputs + "|" + sorted h of the outputs + "|" + h[v]),
 * all vertices at once; the cell's hash is the md5 of the sorted list as Python prints
 * it. All hashes are written in lower-case hex. MD5: RFC 1321.
 *
 * Cells that differ in ops alone have messages of equal lengths, so one instruction
 * stream serves a whole vector of them: lane l of every vector belongs to cell l. Some
 * 130 blocks per cell make all 423,624 hashes 54 million blocks, too many for one at a
 * time.
 *
 * Known value: "7 100110100001001010101 02001", the first cell of the list, has
 * 00005c142e6f48ac74fdcf73e3439874. */
#include <string.h>

#include "nasbench101.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)                      \
    && !defined(__SANITIZE_ADDRESS__)
#define CLONES                                                                           \
  __attribute__ ((target_clones ("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONES
#endif

#define INLINE static inline __attribute__ ((always_inline))

typedef guint32 Lanes __attribute__ ((vector_size (4 * NB101_LANES)));

/* A digest, first byte highest in word[0], so that its order is the order of its hex
 * text; and that text, little-endian. */
typedef struct {
  Lanes word[4], hex[8];
} Digest;

/* A message in all lanes, little-endian; a word that is begun is zero beyond `length`. */
#define TEXT_BLOCKS 5
typedef struct {
  Lanes word[16 * TEXT_BLOCKS];
  guint length;
} Text;

/* --- text -------------------------------------------------------------------------- */

/* Appends the low `bytes` bytes of `word`; the others are zero. */
INLINE void
text_add (Text *text, const Lanes *word, guint bytes)
{
  const guint at = text->length / 4, shift = 8 * (text->length % 4);
  if (shift == 0) {
    text->word[at] = *word;
  } else {
    text->word[at] |= *word << shift;
    text->word[at + 1] = *word >> (32 - shift);
  }
  text->length += bytes;
}

INLINE void
text_add_string (Text *text, const char *string)
{
  for (; *string != '\0'; string++) {
    const Lanes word = (Lanes){ 0 } + (guint32) *string;
    text_add (text, &word, 1);
  }
}

INLINE void
text_add_number (Text *text, guint number)
{
  const Lanes word = (Lanes){ 0 } + (guint32) '0' + number;
  text_add (text, &word, 1);
}

CLONES static void
text_add_digest (Text *text, const Digest *digest)
{
  for (int i = 0; i < 8; i++)
    text_add (text, &digest->hex[i], 4);
}

/* --- md5 --------------------------------------------------------------------------- */

static const guint32 md5_sine[64] = {
  0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613,
  0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193,
  0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d,
  0x02441453, 0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed,
  0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122,
  0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa,
  0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244,
  0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
  0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb,
  0xeb86d391,
};

/* One step: a = b + rotate (a + f (b, c, d) + m + k). */
#define STEP(f, a, b, c, d, m, i, s)                                                     \
  do {                                                                                   \
    a += f (b, c, d) + (m) + md5_sine[i];                                                \
    a = (a << (s) | a >> (32 - (s))) + b;                                                \
  } while (0)
#define FOUR(f, i, m0, m1, m2, m3, s0, s1, s2, s3)                                       \
  STEP (f, a, b, c, d, m0, i, s0);                                                       \
  STEP (f, d, a, b, c, m1, i + 1, s1);                                                   \
  STEP (f, c, d, a, b, m2, i + 2, s2);                                                   \
  STEP (f, b, c, d, a, m3, i + 3, s3)
#define F(x, y, z) ((z) ^ ((x) & ((y) ^ (z))))
#define G(x, y, z) ((y) ^ ((z) & ((x) ^ (y))))
#define H(x, y, z) ((x) ^ (y) ^ (z))
#define I(x, y, z) ((y) ^ ((x) | ~(z)))

INLINE void
md5_block (Lanes state[4], const Lanes *m)
{
  Lanes a = state[0], b = state[1], c = state[2], d = state[3];
#pragma GCC unroll 4
  for (int q = 0; q < 4; q++) {
    FOUR (F, 4 * q, m[4 * q], m[4 * q + 1], m[4 * q + 2], m[4 * q + 3], 7, 12, 17, 22);
  }
#pragma GCC unroll 4
  for (int q = 0; q < 4; q++) {
    FOUR (G, 16 + 4 * q, m[(1 + 20 * q) % 16], m[(6 + 20 * q) % 16],
          m[(11 + 20 * q) % 16], m[(16 + 20 * q) % 16], 5, 9, 14, 20);
  }
#pragma GCC unroll 4
  for (int q = 0; q < 4; q++) {
    FOUR (H, 32 + 4 * q, m[(5 + 12 * q) % 16], m[(8 + 12 * q) % 16],
          m[(11 + 12 * q) % 16], m[(14 + 12 * q) % 16], 4, 11, 16, 23);
  }
#pragma GCC unroll 4
  for (int q = 0; q < 4; q++) {
    FOUR (I, 48 + 4 * q, m[28 * q % 16], m[(7 + 28 * q) % 16], m[(14 + 28 * q) % 16],
          m[(21 + 28 * q) % 16], 6, 10, 15, 21);
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
}

INLINE void
swap_bytes (Lanes *x)
{
  *x = *x >> 24 | (*x >> 8 & 0xff00u) | (*x << 8 & 0xff0000u) | *x << 24;
}

/* The two bytes in the upper half of `x` as four hex digits. */
INLINE void
write_hex (Lanes *hex, const Lanes *x)
{
  const Lanes bytes = *x >> 24 | (*x & 0xff0000u);
  const Lanes nibbles = (bytes >> 4 & 0x000f000fu) | (bytes & 0x000f000fu) << 8;
  const Lanes letter = (nibbles + 0x06060606u) >> 4 & 0x01010101u;
  *hex = nibbles + 0x30303030u + letter * ('a' - '0' - 10);
}

/* Ends the text with the padding of MD5; it is used up. */
CLONES static void
md5 (Digest *out, Text *text)
{
  static const guint32 start[4] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476 };
  const Lanes end = (Lanes){ 0 } + 0x80u;
  const guint length = text->length, blocks = (length + 8) / 64 + 1;
  text_add (text, &end, 1);
  for (guint i = length / 4 + 1; i < 16 * blocks; i++)
    text->word[i] = (Lanes){ 0 };
  text->word[16 * blocks - 2] += 8 * length;
  for (int i = 0; i < 4; i++)
    out->word[i] = (Lanes){ 0 } + start[i];
  for (guint i = 0; i < blocks; i++)
    md5_block (out->word, text->word + 16 * i);
  for (int i = 0; i < 4; i++) {
    swap_bytes (&out->word[i]);
    const Lanes low = out->word[i] << 16;
    write_hex (&out->hex[2 * i], &out->word[i]);
    write_hex (&out->hex[2 * i + 1], &low);
  }
}

/* --- the hash ---------------------------------------------------------------------- */

INLINE void
exchange (Lanes *a, Lanes *b, const Lanes *mask)
{
  const Lanes difference = (*a ^ *b) & *mask;
  *a ^= difference;
  *b ^= difference;
}

/* In each lane, the smaller digest goes to a. */
CLONES static void
order_pair (Digest *a, Digest *b)
{
  Lanes swap = (Lanes){ 0 };
  for (int i = 3; i >= 0; i--) /* lexicographic, from the last word */
    swap = (Lanes) (a->word[i] > b->word[i])
           | ((Lanes) (a->word[i] == b->word[i]) & swap);
  for (int i = 0; i < 4; i++)
    exchange (&a->word[i], &b->word[i], &swap);
  for (int i = 0; i < 8; i++)
    exchange (&a->hex[i], &b->hex[i], &swap);
}

INLINE void
sort_digests (Digest *list, guint n)
{
  for (guint i = 1; i < n; i++)
    for (guint j = i; j > 0; j--)
      order_pair (&list[j - 1], &list[j]);
}

INLINE void
text_add_sorted (Text *text, const Digest *h, const guint *who, guint n)
{
  Digest list[NB101_VERTICES];
  if (n == 1) {
    text_add_digest (text, &h[who[0]]);
    return;
  }
  for (guint i = 0; i < n; i++)
    list[i] = h[who[i]];
  sort_digests (list, n);
  for (guint i = 0; i < n; i++)
    text_add_digest (text, &list[i]);
}

typedef struct {
  guint in[NB101_VERTICES], n_in, out[NB101_VERTICES], n_out;
} Links;

static void
links_of (const NvCell *cell, Links links[NB101_VERTICES])
{
  memset (links, 0, NB101_VERTICES * sizeof *links);
  for (guint i = 0; i < cell->n_nodes; i++)
    for (guint j = i + 1; j < cell->n_nodes; j++)
      if (nv_cell_has_edge (cell, i, j)) {
        links[i].out[links[i].n_out++] = j;
        links[j].in[links[j].n_in++] = i;
      }
}

CLONES static void
hash_start (Digest *h, const Links *link, const Lanes *label, const char *fixed)
{
  Text text;
  text.length = 0;
  text_add_string (&text, "(");
  text_add_number (&text, link->n_out);
  text_add_string (&text, ", ");
  text_add_number (&text, link->n_in);
  text_add_string (&text, ", ");
  if (fixed != NULL)
    text_add_string (&text, fixed);
  else
    text_add (&text, label, 1);
  text_add_string (&text, ")");
  md5 (h, &text);
}

INLINE void
hash_round (Digest *next, const Digest *h, const Links *links, guint n)
{
  for (guint v = 0; v < n; v++) {
    Text text;
    text.length = 0;
    text_add_sorted (&text, h, links[v].in, links[v].n_in);
    text_add_string (&text, "|");
    text_add_sorted (&text, h, links[v].out, links[v].n_out);
    text_add_string (&text, "|");
    text_add_digest (&text, &h[v]);
    md5 (&next[v], &text);
  }
}

INLINE void
hash_end (Digest *out, Digest *h, guint n)
{
  Text text;
  text.length = 0;
  sort_digests (h, n);
  for (guint v = 0; v < n; v++) {
    text_add_string (&text, v == 0 ? "['" : "', '");
    text_add_digest (&text, &h[v]);
  }
  text_add_string (&text, "']");
  md5 (out, &text);
}

/* label[v]: the digit of vertex v's op, as a character. */
CLONES static void
hash_labels (guint8 hash[NB101_LANES][16], const Links *links,
             guint32 label[NB101_VERTICES][NB101_LANES], guint n)
{
  Digest a[NB101_VERTICES], b[NB101_VERTICES], *h = a, *next = b;
  for (guint v = 0; v < n; v++) {
    Lanes digit;
    memcpy (&digit, label[v], sizeof digit);
    hash_start (&h[v], &links[v], &digit, v == 0 ? "-1" : v + 1 == n ? "-2" : NULL);
  }
  for (guint round = 0; round < n; round++) {
    hash_round (next, h, links, n);
    Digest *done = next;
    next = h;
    h = done;
  }
  hash_end (next, h, n);
  for (guint i = 0; i < 4; i++)
    for (guint l = 0; l < NB101_LANES; l++) {
      const guint32 word = GUINT32_TO_BE (next[0].word[i][l]);
      memcpy (hash[l] + 4 * i, &word, 4);
    }
}

void
nb101_hash_lanes (guint8 hash[NB101_LANES][16], const NvCell *wiring,
                  guint8 ops[NB101_VERTICES][NB101_LANES])
{
  static const guint32 digit[NB101_OPS] = {
    [NB101_CONV3X3] = '0', [NB101_CONV1X1] = '1', [NB101_MAXPOOL] = '2'
  };
  Links links[NB101_VERTICES];
  guint32 label[NB101_VERTICES][NB101_LANES] = { { 0 } };
  links_of (wiring, links);
  for (guint v = 1; v + 1 < wiring->n_nodes; v++)
    for (guint l = 0; l < NB101_LANES; l++)
      label[v][l] = digit[ops[v][l]];
  hash_labels (hash, links, label, wiring->n_nodes);
}

void
nb101_hash (const NvCell *cell, guint8 hash[16])
{
  guint8 all[NB101_LANES][16], ops[NB101_VERTICES][NB101_LANES];
  for (guint v = 0; v < NB101_VERTICES; v++)
    memset (ops[v], cell->ops[v], NB101_LANES);
  nb101_hash_lanes (all, cell, ops);
  memcpy (hash, all[0], 16);
}
