package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Keys that are no characters, for Page.Keys.
const (
	Enter  = kb.Enter
	Escape = kb.Escape
	Tab    = kb.Tab
	Up     = kb.ArrowUp
	Down   = kb.ArrowDown
	Left   = kb.ArrowLeft
	Right  = kb.ArrowRight
)

// Go loads an address and waits until it is loaded.
func (p *Page) Go(address string) {
	p.t.Helper()
	p.run("load "+address, chromedp.Navigate(address))
}

// Reload loads the page again.
func (p *Page) Reload() { p.t.Helper(); p.run("reload", chromedp.Reload()) }

// Back is the browser's arrow.
func (p *Page) Back() {
	p.t.Helper()
	p.Eval(`(history.back(), true)`, nil)
}

// Eval runs JavaScript, awaiting promises, and decodes what it gives into out, if that is not nil.
func (p *Page) Eval(js string, out any) {
	p.t.Helper()
	if err := p.evaluate(js, out); err != nil {
		p.t.Fatalf("evaluate %.300s: %v%s", js, err, p.seen(js))
	}
}

func (p *Page) evaluate(js string, out any) error {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`(async () => JSON.stringify(await (`+js+`)) ?? "null")()`, chromedp.EvalAwaitPromise))
	if err == nil && out != nil {
		err = json.Unmarshal([]byte(text), out)
	}
	return err
}

// Text is the text of the first element that matches, as it is seen.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	var text string
	p.Eval(fmt.Sprintf(`(document.querySelector(%s)?.innerText ?? "")`, quoted(selector)), &text)
	return text
}

// Count is how many elements match.
func (p *Page) Count(selector string) int {
	p.t.Helper()
	var n int
	p.Eval(fmt.Sprintf(`document.querySelectorAll(%s).length`, quoted(selector)), &n)
	return n
}

// Wait looks again and again until a JavaScript expression is true.
func (p *Page) Wait(js string) { p.t.Helper(); p.await(js, "Boolean("+js+")", nil) }

// await evaluates an expression until it is true, and decodes what it then gives. The page looks itself, and for a second or two at once:
// it may be left for another one meanwhile.
func (p *Page) await(what, js string, out any) {
	p.t.Helper()
	js = `new Promise((done, fail) => {
		const until = performance.now() + 2000;
		const look = () => { try { const got = ` + js + `; if (got || performance.now() > until) done(got); else setTimeout(look, 25); } catch (err) { fail(err); } };
		look();
	})`
	for end := time.Now().Add(patience); ; {
		var got json.RawMessage
		err := p.evaluate(js, &got)
		switch text := string(got); {
		case err != nil && !left.MatchString(err.Error()):
			p.t.Fatalf("wait for %.300s: %v%s", what, err, p.seen(what))
		case err == nil && text != "false" && text != "null":
			if out != nil {
				err = json.Unmarshal(got, out)
			}
			if err != nil {
				p.t.Fatalf("%s gives %s: %v", what, text, err)
			}
			return
		}
		if time.Now().After(end) {
			p.t.Fatalf("waited in vain for %.300s%s", what, p.seen(what))
		}
	}
}

// left are the errors of an evaluation whose page was left for another one.
var left = regexp.MustCompile("navigated or closed|context was destroyed|was collected|Cannot find context")

// WaitText waits until the first element that matches holds a text.
func (p *Page) WaitText(selector, text string) {
	p.t.Helper()
	p.Wait(fmt.Sprintf(`document.querySelector(%s)?.innerText.includes(%s)`, quoted(selector), quoted(text)))
}

// WaitFor waits until something matches and is seen.
func (p *Page) WaitFor(selector string) {
	p.t.Helper()
	p.Wait(fmt.Sprintf(`document.querySelector(%s)?.getClientRects().length`, quoted(selector)))
}

// Click presses the mouse in the middle of the first element that matches, once it is seen.
func (p *Page) Click(selector string) {
	p.t.Helper()
	p.click(selector, fmt.Sprintf(`document.querySelector(%s)`, quoted(selector)))
}

// ClickText clicks the first element of the selector that holds a text.
func (p *Page) ClickText(selector, text string) {
	p.t.Helper()
	p.click(text, fmt.Sprintf(`[...document.querySelectorAll(%s)].find((e) => e.innerText.includes(%s) || e.getAttribute("aria-label")?.includes(%[2]s))`, quoted(selector), quoted(text)))
}

func (p *Page) click(what, js string) {
	p.t.Helper()
	at := p.middle(js)
	p.run("click "+what, chromedp.MouseClickXY(at[0], at[1]))
}

// middle scrolls an element into view and tells where it is, once it stands still and nothing lies on it, as it does where a person clicks.
func (p *Page) middle(js string) (at [2]float64) {
	p.t.Helper()
	p.await("a place to click on "+js, fmt.Sprintf(`((e) => {
		if (!e?.getClientRects().length) return false;
		e.scrollIntoView({ block: "center", behavior: "instant" });
		const r = e.getBoundingClientRect(), at = [r.x + r.width / 2, r.y + r.height / 2], top = document.elementFromPoint(...at);
		const was = String(window.castorClicks);
		window.castorClicks = at;
		return was === String(at) && top && (e.contains(top) || top.contains(e)) && at;
	})(%s)`, js), &at)
	p.Eval(`delete window.castorClicks`, nil)
	return at
}

// Drag moves the mouse with its button down over an element, from one share of its width to another.
func (p *Page) Drag(selector string, from, to float64) {
	p.t.Helper()
	p.WaitFor(selector)
	var box [4]float64
	p.Eval(fmt.Sprintf(`((e) => { e.scrollIntoView({ block: "center", behavior: "instant" }); const r = e.getBoundingClientRect(); return [r.x, r.y, r.width, r.height]; })(document.querySelector(%s))`, quoted(selector)), &box)
	y := box[1] + box[3]/2
	x := func(share float64) float64 { return box[0] + share*box[2] }
	p.run("drag over "+selector, chromedp.DragAndDropXY(x(from), y, x(to), y, 8))
}

// Fill replaces the text of a field, as if typed.
func (p *Page) Fill(selector, text string) {
	p.t.Helper()
	p.WaitFor(selector)
	p.Eval(fmt.Sprintf(`((e) => { e.focus(); e.select?.(); })(document.querySelector(%s))`, quoted(selector)), nil)
	if text == "" {
		p.Keys(kb.Delete)
		return
	}
	call(p, "type "+text, input.InsertText, input.InsertTextParams{Text: text})
}

// Keys presses keys where the focus is: characters, or those above.
func (p *Page) Keys(keys string) {
	p.t.Helper()
	for _, r := range keys {
		var down, up *input.DispatchKeyEventParams
		for _, e := range kb.Encode(r) {
			switch {
			case e.Type == input.DispatchKeyEventTypeKeyUp:
				up = e
			case down == nil:
				down = e
			default: // the character: as part of the press it does not come where the page prevents it, as with a real keyboard
				down.Type, down.Text, down.UnmodifiedText = input.DispatchKeyEventTypeKeyDown, e.Text, e.UnmodifiedText
			}
		}
		call(p, "press a key", input.DispatchKeyEvent, *down)
		call(p, "release a key", input.DispatchKeyEvent, *up)
	}
}

// Size makes the window so big, in CSS pixels.
func (p *Page) Size(width, height int64) {
	p.t.Helper()
	p.run("size", chromedp.EmulateViewport(width, height))
}

// Phone makes the window a phone's: narrow, touched, with a fine screen.
func (p *Page) Phone() {
	p.t.Helper()
	p.run("phone", chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateScale(2), chromedp.EmulateTouch))
}

// Dark is what the system prefers.
func (p *Page) Dark(dark bool) {
	p.t.Helper()
	value := "light"
	if dark {
		value = "dark"
	}
	call(p, "dark", emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: value}}})
}

// Screenshot writes what is seen to a PNG.
func (p *Page) Screenshot(file string) {
	p.t.Helper()
	shot := call(p, "screenshot", page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatPng})
	if err := os.WriteFile(file, shot.Data, 0o644); err != nil {
		p.t.Fatal(err)
	}
}

func quoted(s string) string {
	text, _ := json.Marshal(s)
	return string(text)
}
