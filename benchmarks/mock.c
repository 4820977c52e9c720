/* mock.c - a very fast mock of an OpenAI-compatible upstream, for benchmarks.
 *
 *   cc -O2 -o mock mock.c && ./mock [port=0] [chunks=64]
 *
 * Prints the port it listens on (0 lets the system choose). One thread, epoll, HTTP/1.1 keep-alive, bound to 127.0.0.1
 * only. Routes (matched by path suffix): POST .../chat/completions   "stream":true -> SSE, else ~1 KB JSON POST
 * .../embeddings         one 256-float vector GET  .../models             model list anything else {"ok":true} The
 * "model" of the request picks how the SSE is sent (substring match in the body): mock        all chunks in ONE send()
 * (upper bound of throughput) mock-each   one send() per chunk, no delay          (many small segments) mock-pN     one
 * chunk every N milliseconds          (what a real model looks like) mock-idle   one chunk, then silence, never
 * finished (memory per open stream) mock-dN     non-stream: answers after N milliseconds
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef struct conn {
    int fd, sent, period_ms, active, closing; /* paced stream state */
    double due;
    char *in;
    size_t nin, cin;
    char *out;
    size_t nout, cout, off;
    struct conn *next, *prev; /* list of paced conns */
} conn;

static int ep, nchunks = 64;
static conn paced; /* list head */
static char *json_resp, *emb_resp, *models_resp, *ok_resp, *sse_head, *sse_all;
static size_t json_n, emb_n, models_n, ok_n, sse_head_n, sse_all_n;
static char **chunk;
static size_t *chunk_n;
static const char *LAST = "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n";

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static char *resp(const char *body, size_t *n) {
    char *r;
    *n = asprintf(&r, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                  strlen(body), body);
    return r;
}

static void build(void) {
    char content[640];
    memset(content, 0, sizeof content);
    while (strlen(content) < 560)
        strcat(content, "The quick brown fox jumps over the lazy dog. ");
    char *b;
    asprintf(&b,
             "{\"id\":\"chatcmpl-mock0000000000000000000000\",\"object\":\"chat.completion\",\"created\":1700000000,"
             "\"model\":\"mock\","
             "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"%s\",\"refusal\":null},"
             "\"logprobs\":null,\"finish_reason\":\"stop\"}],"
             "\"usage\":{\"prompt_tokens\":19,\"completion_tokens\":120,\"total_tokens\":139,\"prompt_tokens_details\":"
             "{\"cached_tokens\":0,\"audio_tokens\":0}},"
             "\"service_tier\":\"default\",\"system_fingerprint\":\"fp_mock\"}",
             content);
    json_resp = resp(b, &json_n);
    free(b);
    char *e = malloc(256 * 12 + 400), *p = e;
    p += sprintf(p, "{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"index\":0,\"embedding\":[");
    for (int i = 0; i < 256; i++)
        p += sprintf(p, "%s%.6f", i ? "," : "", (i % 17) / 100.0 - 0.08);
    sprintf(p, "]}],\"model\":\"mock\",\"usage\":{\"prompt_tokens\":8,\"total_tokens\":8}}");
    emb_resp = resp(e, &emb_n);
    free(e);
    models_resp = resp("{\"object\":\"list\",\"data\":["
                       "{\"id\":\"mock\",\"object\":\"model\",\"created\":1700000000,\"owned_by\":\"mock\"},"
                       "{\"id\":\"mock-each\",\"object\":\"model\",\"created\":1700000000,\"owned_by\":\"mock\"},"
                       "{\"id\":\"mock-p5\",\"object\":\"model\",\"created\":1700000000,\"owned_by\":\"mock\"},"
                       "{\"id\":\"mock-p20\",\"object\":\"model\",\"created\":1700000000,\"owned_by\":\"mock\"},"
                       "{\"id\":\"mock-idle\",\"object\":\"model\",\"created\":1700000000,\"owned_by\":\"mock\"}]}",
                       &models_n);
    ok_resp = resp("{\"ok\":true}", &ok_n);
    sse_head_n = asprintf(&sse_head, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: "
                                     "no-cache\r\nTransfer-Encoding: chunked\r\n\r\n");
    chunk = calloc(nchunks, sizeof *chunk);
    chunk_n = calloc(nchunks, sizeof *chunk_n);
    size_t tot = sse_head_n + strlen(LAST);
    for (int i = 0; i < nchunks; i++) {
        char *d;
        int last = i == nchunks - 1;
        int n =
            last ? asprintf(&d,
                            "data: "
                            "{\"id\":\"chatcmpl-mock0000000000000000000000\",\"object\":\"chat.completion.chunk\","
                            "\"created\":1700000000,\"model\":\"mock\",\"system_fingerprint\":\"fp_mock\",\"choices\":["
                            "{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}]}\n\n")
                 : asprintf(&d,
                            "data: "
                            "{\"id\":\"chatcmpl-mock0000000000000000000000\",\"object\":\"chat.completion.chunk\","
                            "\"created\":1700000000,\"model\":\"mock\",\"system_fingerprint\":\"fp_mock\",\"choices\":["
                            "{\"index\":0,\"delta\":{%s\"content\":\" "
                            "tok%d\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n",
                            i ? "" : "\"role\":\"assistant\",", i);
        chunk_n[i] = asprintf(&chunk[i], "%x\r\n%s\r\n", n, d);
        free(d);
        tot += chunk_n[i];
    }
    sse_all = malloc(tot);
    char *q = sse_all;
    memcpy(q, sse_head, sse_head_n);
    q += sse_head_n;
    for (int i = 0; i < nchunks; i++) {
        memcpy(q, chunk[i], chunk_n[i]);
        q += chunk_n[i];
    }
    memcpy(q, LAST, strlen(LAST));
    sse_all_n = tot;
}

static void unpace(conn *c) {
    if (c->active) {
        c->prev->next = c->next;
        if (c->next)
            c->next->prev = c->prev;
        c->active = 0;
    }
}
static void drop(conn *c) {
    unpace(c);
    close(c->fd);
    free(c->in);
    free(c->out);
    free(c);
}
static void pace(conn *c, int period) {
    c->period_ms = period;
    c->sent = 0;
    c->due = now() + period;
    c->active = 1;
    c->prev = &paced;
    c->next = paced.next;
    if (paced.next)
        paced.next->prev = c;
    paced.next = c;
}

/* 0 ok, -1 dead. */
static int push(conn *c, const char *d, size_t n) {
    if (c->nout == c->off) {
        ssize_t w = send(c->fd, d, n, MSG_NOSIGNAL);
        if (w < 0) {
            if (errno != EAGAIN)
                return -1;
            w = 0;
        }
        if ((size_t)w == n)
            return 0;
        d += w;
        n -= w;
        c->off = c->nout = 0;
        struct epoll_event ev = {EPOLLIN | EPOLLOUT, {.ptr = c}};
        epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &ev);
    }
    if (c->nout + n > c->cout) {
        c->cout = (c->nout + n) * 2;
        c->out = realloc(c->out, c->cout);
    }
    memcpy(c->out + c->nout, d, n);
    c->nout += n;
    return 0;
}

static const char *header(const char *h, const char *end, const char *name) {
    size_t l = strlen(name);
    for (const char *p = h; p && p < end;) {
        const char *nl = memmem(p, end - p, "\r\n", 2);
        if (!nl)
            return NULL;
        p = nl + 2;
        if (p + l < end && !strncasecmp(p, name, l) && p[l] == ':') {
            p += l + 1;
            while (*p == ' ')
                p++;
            return p;
        }
    }
    return NULL;
}
static int ends(const char *p, size_t n, const char *s) {
    size_t l = strlen(s);
    return n >= l && !memcmp(p + n - l, s, l);
}

static int answer(conn *c, const char *req, size_t hn, const char *body, size_t bn) {
    const char *sp = memchr(req, ' ', hn), *path = sp ? sp + 1 : req, *e = memchr(path, ' ', req + hn - path);
    size_t pn = e ? (size_t)(e - path) : 0;
    const char *qm = memchr(path, '?', pn);
    if (qm)
        pn = qm - path;
    if (ends(path, pn, "/chat/completions")) {
        const char *st = memmem(body, bn, "\"stream\"", 8), *m = memmem(body, bn, "\"mock-", 6);
        int stream = 0;
        if (st) {
            st += 8;
            while (*st == ' ' || *st == ':')
                st++;
            stream = *st == 't';
        }
        if (stream) {
            if (m && m[6] == 'p') {
                if (push(c, sse_head, sse_head_n))
                    return -1;
                pace(c, atoi(m + 7));
                return 0;
            }
            if (m && m[6] == 'i') {
                if (push(c, sse_head, sse_head_n))
                    return -1;
                return push(c, chunk[0], chunk_n[0]);
            }
            if (m && m[6] == 'e') {
                if (push(c, sse_head, sse_head_n))
                    return -1;
                for (int i = 0; i < nchunks; i++)
                    if (push(c, chunk[i], chunk_n[i]))
                        return -1;
                return push(c, LAST, strlen(LAST));
            }
            return push(c, sse_all, sse_all_n);
        }
        if (m && m[6] == 'd') {
            pace(c, -1);
            c->due = now() + atoi(m + 7);
            return 0;
        }
        return push(c, json_resp, json_n);
    }
    if (ends(path, pn, "/embeddings"))
        return push(c, emb_resp, emb_n);
    if (ends(path, pn, "/models"))
        return push(c, models_resp, models_n);
    return push(c, ok_resp, ok_n);
}

static int on_read(conn *c) {
    for (;;) {
        if (c->cin - c->nin < 4096) {
            c->cin = c->cin ? c->cin * 2 : 4096 * 2;
            c->in = realloc(c->in, c->cin + 1);
        }
        ssize_t r = recv(c->fd, c->in + c->nin, c->cin - c->nin, 0);
        if (r == 0)
            return -1;
        if (r < 0) {
            if (errno == EAGAIN)
                break;
            return -1;
        }
        c->nin += r;
        if ((size_t)r < 4096)
            break;
    }
    size_t pos = 0;
    while (pos < c->nin) {
        char *b = c->in + pos;
        size_t n = c->nin - pos;
        b[n] = 0;
        char *he = memmem(b, n, "\r\n\r\n", 4);
        if (!he)
            break;
        size_t hn = he - b + 4, bn = 0;
        const char *v;
        if ((v = header(b, b + hn, "content-length"))) {
            bn = strtoul(v, NULL, 10);
            if (hn + bn > n)
                break;
        } else if (header(b, b + hn, "transfer-encoding")) {
            char *z = memmem(b + hn, n - hn, "0\r\n\r\n", 5);
            if (!z)
                break;
            bn = z + 5 - (b + hn);
        }
        if (answer(c, b, hn, b + hn, bn))
            return -1;
        pos += hn + bn;
    }
    memmove(c->in, c->in + pos, c->nin - pos);
    c->nin -= pos;
    return 0;
}

int main(int argc, char **argv) {
    int port = argc > 1 ? atoi(argv[1]) : 0;
    if (argc > 2)
        nchunks = atoi(argv[2]);
    struct rlimit rl;
    getrlimit(RLIMIT_NOFILE, &rl);
    rl.rlim_cur = rl.rlim_max;
    setrlimit(RLIMIT_NOFILE, &rl);
    build();
    int one = 1, ls = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(ls, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(ls, (void *)&a, sizeof a) || listen(ls, 8192)) {
        perror("bind");
        return 1;
    }
    socklen_t an = sizeof a;
    getsockname(ls, (void *)&a, &an);
    printf("%d\n", ntohs(a.sin_port));
    fflush(stdout);
    ep = epoll_create1(0);
    struct epoll_event ev = {EPOLLIN, {.ptr = NULL}};
    epoll_ctl(ep, EPOLL_CTL_ADD, ls, &ev);
    struct epoll_event evs[512];
    for (;;) {
        int n = epoll_wait(ep, evs, 512, paced.next ? 1 : -1);
        for (int i = 0; i < n; i++) {
            conn *c = evs[i].data.ptr;
            if (!c) {
                int fd;
                while ((fd = accept4(ls, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
                    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                    c = calloc(1, sizeof *c);
                    c->fd = fd;
                    struct epoll_event e2 = {EPOLLIN, {.ptr = c}};
                    epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e2);
                }
                continue;
            }
            int dead = 0;
            if (evs[i].events & EPOLLOUT) {
                ssize_t w = send(c->fd, c->out + c->off, c->nout - c->off, MSG_NOSIGNAL);
                if (w > 0)
                    c->off += w;
                else if (errno != EAGAIN)
                    dead = 1;
                if (c->off == c->nout) {
                    c->off = c->nout = 0;
                    struct epoll_event e2 = {EPOLLIN, {.ptr = c}};
                    epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e2);
                }
            }
            if (!dead && evs[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
                dead = on_read(c);
            if (dead)
                drop(c);
        }
        if (paced.next) {
            double t = now();
            for (conn *c = paced.next, *nx; c; c = nx) {
                nx = c->next;
                if (c->due > t)
                    continue;
                int dead = 0;
                if (c->period_ms < 0) {
                    unpace(c);
                    dead = push(c, json_resp, json_n);
                } else {
                    dead = push(c, chunk[c->sent], chunk_n[c->sent]);
                    c->sent++;
                    c->due += c->period_ms;
                    if (c->sent == nchunks) {
                        if (!dead)
                            dead = push(c, LAST, strlen(LAST));
                        unpace(c);
                    }
                }
                if (dead)
                    drop(c);
            }
        }
    }
}
