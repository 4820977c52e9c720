/* load.c - closed-loop HTTP/1.1 load generator that understands SSE.
 *
 *   cc -O2 -o load load.c
 *   ./load -p PORT [-u /path] [-c conns=1] [-d seconds=3 | -n requests] [-w warmup_s=0.3]
 *          [-b body-file] [-H 'Name: value']... [-h hold]
 *
 * Keep-alive, one outstanding request per connection, 127.0.0.1 only. Understands Content-Length, chunked and
 * close-delimited answers. Prints one JSON object: rps, p50/p90/p99/max latency (us), ttfe_* = time to the first
 * SSE event ("data:" at the start of a line) or, without SSE, to the first body byte, events and events_s, ok/err.
 * -h 1 ("hold"): open -c connections, wait for the first event on each, print {"held":N} and keep them open -d seconds.
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

enum { HEAD, LEN, CSIZE, CDATA, CEND, CTRAIL, CLOSE };
typedef struct {
    int fd, st, status, first, lp, keep, busy;
    double t0;
    size_t left, hn, off;
    char head[8192];
} conn;

static int ep, port = 9000, nc = 1, hold;
static long maxreq = -1, sent_n, done_n, err_n, ev_n, bytes_n, st_err[6], held;
static double dur = 3, warm = 0.3, tstart, tmeas, tend;
static char *req;
static size_t reqn;
static float *lat, *ttf;
static size_t nl, cl, nt, ct;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}
static void addf(float **a, size_t *n, size_t *c, double v) {
    if (*n == *c) {
        *c = *c ? *c * 2 : 4096;
        *a = realloc(*a, *c * sizeof(float));
    }
    (*a)[(*n)++] = v;
}
static int cmp(const void *a, const void *b) {
    float x = *(float *)a, y = *(float *)b;
    return x < y ? -1 : x > y;
}
static double pct(float *a, size_t n, double p) {
    if (!n)
        return 0;
    size_t i = p * (n - 1) + .5;
    return a[i];
}

static void dial(conn *c) {
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int one = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    connect(c->fd, (void *)&a, sizeof a);
    struct epoll_event ev = {EPOLLIN | EPOLLOUT, {.ptr = c}};
    epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &ev);
    c->busy = 0;
}
static void start(conn *c) {
    if ((maxreq >= 0 && sent_n >= maxreq) || (!hold && now() >= tend)) {
        c->busy = 0;
        return;
    }
    sent_n++;
    c->busy = 1;
    c->st = HEAD;
    c->hn = c->off = 0;
    c->first = 0;
    c->lp = 0;
    c->status = 0;
    c->t0 = now();
    while (c->off < reqn) {
        ssize_t w = send(c->fd, req + c->off, reqn - c->off, MSG_NOSIGNAL);
        if (w <= 0)
            break;
        c->off += w;
    }
    struct epoll_event ev = {EPOLLIN | (c->off < reqn ? EPOLLOUT : 0), {.ptr = c}};
    epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &ev);
}
static void payload(conn *c, const char *d, size_t n) { /* count "data:" at line starts, across splits */
    static const char k[] = "data:";
    bytes_n += n;
    if (!c->first && n) {
        c->first = 1;
        double t = now();
        if (t >= tmeas)
            addf(&ttf, &nt, &ct, t - c->t0);
        if (hold && c->status / 100 == 2)
            held++;
    }
    for (size_t i = 0; i < n; i++) {
        if (c->lp < 0) {
            const char *e = memchr(d + i, '\n', n - i);
            if (!e)
                return;
            i = e - d;
            c->lp = 0;
            continue;
        }
        if (d[i] == '\n') {
            c->lp = 0;
            continue;
        }
        if (d[i] == k[c->lp]) {
            if (++c->lp == 5) {
                if (now() >= tmeas)
                    ev_n++;
                c->lp = -1;
            }
        } else
            c->lp = -1;
    }
}
static void fin(conn *c) {
    double t = now();
    if (t >= tmeas && t <= tend) {
        if (c->status >= 200 && c->status < 300) {
            done_n++;
            addf(&lat, &nl, &cl, t - c->t0);
        } else {
            err_n++;
            st_err[c->status / 100 % 6]++;
        }
    }
    c->busy = 0;
    if (hold) /* an answer that ends is no stream that is held */
        return;
    if (!c->keep) {
        close(c->fd);
        if (now() < tend)
            dial(c);
    } else
        start(c);
}
static char *hdr(char *h, const char *n) {
    size_t l = strlen(n);
    for (char *p = strstr(h, "\r\n"); p; p = strstr(p + 2, "\r\n"))
        if (!strncasecmp(p + 2, n, l) && p[2 + l] == ':') {
            p += 3 + l;
            while (*p == ' ')
                p++;
            return p;
        }
    return NULL;
}

static int feed(conn *c, char *d, size_t n) { /* 1 = response complete */
    while (n)
        switch (c->st) {
        case HEAD: {
            size_t k = sizeof c->head - 1 - c->hn < n ? sizeof c->head - 1 - c->hn : n;
            if (!k)
                return -1;
            memcpy(c->head + c->hn, d, k);
            size_t old = c->hn;
            c->hn += k;
            c->head[c->hn] = 0;
            char *e = strstr(c->head, "\r\n\r\n");
            if (!e) {
                d += k;
                n -= k;
                break;
            }
            size_t used = e + 4 - c->head - old;
            d += used;
            n -= used;
            e[2] = 0;
            c->status = atoi(c->head + 9);
            if (c->status / 100 == 1) {
                c->hn = 0;
                break;
            }
            char *cn = hdr(c->head, "connection"), *v;
            c->keep = !(cn && !strncasecmp(cn, "close", 5));
            if ((v = hdr(c->head, "transfer-encoding"))) {
                c->st = CSIZE;
                c->left = 0;
                c->hn = 0;
            } else if ((v = hdr(c->head, "content-length"))) {
                c->left = strtoul(v, NULL, 10);
                c->st = LEN;
                if (!c->left)
                    return 1;
            } else if (c->status == 204)
                return 1;
            else {
                c->st = CLOSE;
                c->keep = 0;
            }
            break;
        }
        case LEN: {
            size_t k = n < c->left ? n : c->left;
            payload(c, d, k);
            d += k;
            n -= k;
            c->left -= k;
            if (!c->left)
                return 1;
            break;
        }
        case CSIZE: {
            char x = *d++;
            n--;
            if (x == '\n') {
                c->head[c->hn < 60 ? c->hn : 60] = 0;
                c->left = strtoul(c->head, NULL, 16);
                c->hn = 0;
                c->st = c->left ? CDATA : CTRAIL;
            } else if (c->hn < 60)
                c->head[c->hn++] = x;
            break;
        }
        case CDATA: {
            size_t k = n < c->left ? n : c->left;
            payload(c, d, k);
            d += k;
            n -= k;
            c->left -= k;
            if (!c->left)
                c->st = CEND;
            break;
        }
        case CEND: {
            char x = *d++;
            n--;
            if (x == '\n') {
                c->st = CSIZE;
                c->hn = 0;
            }
            break;
        }
        case CTRAIL: {
            char x = *d++;
            n--;
            if (x == '\n') {
                if (!c->hn)
                    return 1;
                c->hn = 0;
            } else if (x != '\r')
                c->hn++;
            break;
        }
        case CLOSE:
            payload(c, d, n);
            n = 0;
            break;
        }
    return 0;
}

int main(int argc, char **argv) {
    const char *path = "/", *bodyf = NULL;
    char hs[8192] = "";
    int o;
    while ((o = getopt(argc, argv, "p:u:c:d:n:w:b:H:h:")) > 0)
        switch (o) {
        case 'p':
            port = atoi(optarg);
            break;
        case 'u':
            path = optarg;
            break;
        case 'c':
            nc = atoi(optarg);
            break;
        case 'd':
            dur = atof(optarg);
            break;
        case 'n':
            maxreq = atol(optarg);
            break;
        case 'w':
            warm = atof(optarg);
            break;
        case 'b':
            bodyf = optarg;
            break;
        case 'H':
            strcat(hs, optarg);
            strcat(hs, "\r\n");
            break;
        case 'h':
            hold = atoi(optarg);
            break;
        }
    struct rlimit rl;
    getrlimit(RLIMIT_NOFILE, &rl);
    rl.rlim_cur = rl.rlim_max;
    setrlimit(RLIMIT_NOFILE, &rl);
    char *body = NULL;
    size_t bn = 0;
    if (bodyf) {
        FILE *f = fopen(bodyf, "rb");
        if (!f) {
            perror(bodyf);
            return 1;
        }
        body = malloc(1 << 22);
        bn = fread(body, 1, 1 << 22, f);
        fclose(f);
    }
    if (body) {
        reqn = asprintf(
            &req,
            "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n%s\r\n",
            path, port, bn, hs);
        req = realloc(req, reqn + bn);
        memcpy(req + reqn, body, bn);
        reqn += bn;
    } else
        reqn = asprintf(&req, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s\r\n", path, port, hs);
    ep = epoll_create1(0);
    conn *cs = calloc(nc, sizeof *cs);
    static char buf[1 << 18];
    struct epoll_event evs[512];
    tstart = now();
    tmeas = tstart + warm * 1e6;
    tend = tmeas + dur * 1e6;
    if (maxreq >= 0) {
        tmeas = tstart;
        tend = tstart + 15e6;
    }
    for (int i = 0; i < nc; i++)
        dial(&cs[i]);
    long conn_err = 0;
    int announced = 0;
    double tlast = now();
    for (;;) {
        double t = now();
        if (t >= tend + (hold ? 0 : 0))
            break;
        if (maxreq >= 0 && done_n + err_n + conn_err >= maxreq)
            break;
        if (hold && !announced && held >= nc) {
            announced = 1;
            printf("{\"held\":%ld,\"ms\":%.0f}\n", held, (t - tstart) / 1e3);
            fflush(stdout);
        }
        int n = epoll_wait(ep, evs, 512, 50);
        for (int i = 0; i < n; i++) {
            conn *c = evs[i].data.ptr;
            if (evs[i].events & EPOLLOUT) {
                if (!c->busy)
                    start(c);
                else {
                    while (c->off < reqn) {
                        ssize_t w = send(c->fd, req + c->off, reqn - c->off, MSG_NOSIGNAL);
                        if (w <= 0)
                            break;
                        c->off += w;
                    }
                    if (c->off >= reqn) {
                        struct epoll_event ev = {EPOLLIN, {.ptr = c}};
                        epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &ev);
                    }
                }
                if (!c->busy) {
                    struct epoll_event ev = {EPOLLIN, {.ptr = c}};
                    epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &ev);
                }
            }
            if (evs[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
                ssize_t r = recv(c->fd, buf, sizeof buf, 0);
                if (r < 0 && errno == EAGAIN)
                    continue;
                if (r <= 0) {
                    if (c->busy && c->st == CLOSE && r == 0) {
                        fin(c);
                        continue;
                    }
                    if (c->busy)
                        conn_err++;
                    close(c->fd);
                    if (now() < tend && conn_err < 10000)
                        dial(c);
                    continue;
                }
                if (!c->busy)
                    continue;
                int k = feed(c, buf, r);
                if (k > 0) {
                    tlast = now();
                    fin(c);
                } else if (k < 0) {
                    conn_err++;
                    close(c->fd);
                    dial(c);
                }
            }
        }
    }
    double el = maxreq >= 0 ? tlast - tstart : dur * 1e6;
    qsort(lat, nl, sizeof *lat, cmp);
    qsort(ttf, nt, sizeof *ttf, cmp);
    printf("{\"c\":%d,\"ok\":%ld,\"err\":%ld,\"conn_err\":%ld,\"err4\":%ld,\"err5\":%ld,\"rps\":%.1f,\"p50\":%.0f,"
           "\"p90\":%.0f,\"p99\":%.0f,\"max\":%.0f,\"ttfe_p50\":%.0f,\"ttfe_p99\":%.0f,\"events\":%ld,\"events_s\":%."
           "0f,\"mb_s\":%.2f}\n",
           nc, done_n, err_n, conn_err, st_err[4], st_err[5], done_n / (el / 1e6), pct(lat, nl, .5), pct(lat, nl, .9),
           pct(lat, nl, .99), nl ? lat[nl - 1] : 0, pct(ttf, nt, .5), pct(ttf, nt, .99), ev_n, ev_n / (el / 1e6),
           bytes_n / (el + warm * 1e6));
}
