"""The live page (--ui) in headless Chromium: what it shows, in light and dark, wide and narrow. With
AISLE_SCREENSHOTS=FOLDER it saves screenshots in that folder."""

import os
import re
import signal
from pathlib import Path

import chromium
import pytest
from watching import WatchedRun

pytestmark = [
    pytest.mark.skipif(not chromium.PROGRAM, reason="Chromium is not installed: apt-get install chromium"),
    pytest.mark.xdist_group("live page"),  # they share a browser and a run
]

BENCH = ("bench", "--bucket", "ais://synthetic", "--batch", "16", "--in-flight", "6", "--quiet", "--ui", "0")
CHARTS = "['throughput', 'latency', 'flight', 'memory']"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    it = chromium.Chromium(tmp_path_factory.mktemp("profile"))
    yield it
    it.close()


@pytest.fixture(scope="module")
def server():
    from conftest import Server
    it = Server("--synthetic", "2000x4K", "--fault", "short@5/9,refuse-429/31", "--tail", "100")
    yield it
    it.stop()


@pytest.fixture(scope="module")
def watched(server):
    with WatchedRun(server.endpoint, *BENCH, "--seconds", "600") as it:
        yield it


@pytest.fixture
def page(browser, watched):
    """The page, opened anew, once all charts are drawn and all figures are there."""
    browser.complaints.clear()
    browser.screen(1360, 900)
    browser.open(watched.page)
    browser.wait_for("document.body?.dataset.ready === 'true'")
    browser.wait_for("document.querySelectorAll('#targets .health').length === 3 && "
                     "document.querySelectorAll('#events li').length > 2")
    browser.wait_for(f"{CHARTS}.every((name) => document.querySelectorAll(`#chart-${{name}} path`).length > 0)")
    browser.wait_for("parseFloat(document.querySelector('#samples-rate').innerText) > 0")
    yield browser
    assert browser.complaints == []


def number(text):
    return float(re.sub(r"[^\d.]", "", text))


def keep(browser, name):
    if folder := os.environ.get("AISLE_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        browser.screenshot(Path(folder) / f"{name}.png")


def test_the_figures_are_shown_and_move(page, watched):
    assert page.text("#command") == "aisle bench"
    assert page.text("#about") == "ais://synthetic, 16 entries a batch"
    assert page.text("#state") == "running"
    assert page.text("#bound-by") in ("Server", "Network", "Client CPU", "Consumer")
    assert page.text("#bound-reason").endswith(".")
    page.wait_for("['samples', 'bytes'].every((n) => parseFloat(document.querySelector(`#${n}-rate`).innerText) > 0)")
    assert page.text("#window") == "of 6"
    before = number(page.text("#samples-total"))
    page.wait_for(f"parseFloat(document.querySelector('#samples-total').innerText.replaceAll(',', '')) > {before}")
    shown = number(page.text("#samples-total"))
    assert shown <= watched.snapshot()["totals"]["delivered"]


def test_recovery_is_shown_as_it_happens(page):
    for row in (r"retries\s+[1-9]", r"refusals \(429, 503\)\s+[1-9]"):
        page.wait_for(f"/{row}/.test(document.querySelector('#totals').innerText)")
    for event in ("retry", "response.faulty"):
        page.wait_for(f"document.querySelector('#events').innerText.includes('{event}')")
    page.wait_for("document.querySelectorAll('#chart-recovery rect').length > 0")


def test_charts_are_drawn_and_show_values_at_the_pointer(page):
    assert "samples/s" in page.evaluate("document.querySelector('#chart-throughput title').textContent")
    box = page.evaluate("(({x, y, width, height}) => [x, y, width, height])"
                        "(document.querySelector('#chart-latency svg').getBoundingClientRect())")
    page.call("Input.dispatchMouseEvent", type="mouseMoved", x=box[0] + box[2] * 0.6, y=box[1] + box[3] / 2)
    assert page.wait_for("document.querySelectorAll('.pointer.shown').length") == 5
    assert page.evaluate("document.querySelector('#chart-memory title').textContent").startswith("at ")


def test_targets_show_the_clients_and_their_own_figures(page):
    # Their own figures come with the second poll of their counters.
    rows = page.wait_for("""((rows) => rows.every((r) => /\\d/.test(r[2]) && /\\d/.test(r[6])) && rows)(
        [...document.querySelectorAll('#targets tr')].map((r) => [...r.cells].map((c) => c.innerText)))""")
    assert len(rows) == 3
    for row in rows:
        assert re.match(r"127\.0\.0\.[234]:\d+", row[0])
        assert re.match(r"(good|slower|slow|avoided) \d\.\d\d", row[1].strip())
        assert number(row[2]) >= 0 and number(row[6]) >= 0  # an avoided target gets none


@pytest.mark.parametrize("width, height, dark", [(1360, 900, False), (1360, 900, True), (820, 900, False),
                                                 (390, 844, False), (390, 844, True)])
def test_it_fits_every_screen(page, width, height, dark):
    page.screen(width, height, dark)
    assert page.wait_for(f"innerWidth === {width}")
    page.wait_for("document.querySelectorAll('#chart-latency path').length > 0")
    overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0
    back, text = page.evaluate("[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]")
    brightness = [sum(map(int, re.findall(r"\d+", color)[:3])) / 3 for color in (back, text)]
    assert (brightness[0] < 60 and brightness[1] > 200) if dark else (brightness[0] > 200 and brightness[1] < 60)
    clipped = page.evaluate("""[...document.querySelectorAll('.tile, .verdict, figcaption, th, td')]
        .filter((e) => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0).map((e) => e.className + e.innerText)""")
    assert clipped == []
    keep(page, f"page-{width}-{'dark' if dark else 'light'}")


def test_the_end_of_the_run_is_shown(browser, server):
    browser.screen(1360, 900)
    browser.complaints.clear()
    with WatchedRun(server.endpoint, *BENCH, "--seconds", "600") as it:
        browser.open(it.page)
        browser.wait_for("document.readyState === 'complete' && "
                         "document.querySelector('#state')?.innerText === 'running'")
        it.process.send_signal(signal.SIGINT)
        assert it.end()[0] == 130
        browser.wait_for("document.querySelector('#state').innerText === 'ended'")
        assert browser.text("#bound-whole") == "Over the whole run."
        assert browser.evaluate("document.querySelector('#notice').hidden")
        keep(browser, "page-ended")
    # Chromium fetches the icon of its tab when it likes, perhaps after the end.
    assert [c for c in browser.complaints if not c.get("url", "").endswith("/icon.svg")] == []


def test_a_killed_run_is_reported(browser, server):
    browser.screen(1360, 900)
    with WatchedRun(server.endpoint, *BENCH, "--seconds", "600") as it:
        browser.open(it.page)
        browser.wait_for("document.body?.dataset.ready === 'true'")
        it.process.kill()
        browser.wait_for("document.querySelector('#state').innerText === 'disconnected'")
        assert "No connection to the run" in browser.text("#notice")
        keep(browser, "page-disconnected")
