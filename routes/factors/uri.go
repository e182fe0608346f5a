package factors

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"net/url"
	"strings"

	"github.com/pquerna/otp"
)

const (
	// pictureSize is the width of the QR picture, quietZone the white on each side, which
	// scanners need, in pixels.
	pictureSize = 256
	quietZone   = 20
)

// keyURI returns the key in the format that authenticator apps read: otpauth://totp/,
// a label of issuer and account, and the parameters. A colon separates the two halves of
// the label, so that neither may have one.
func keyURI(issuer, account, secret string) string {
	issuer, account = labelPart(issuer), labelPart(account)
	return fmt.Sprintf("otpauth://totp/%s:%s?secret=%s&issuer=%s&algorithm=SHA1&digits=%d&period=%d",
		percent(issuer), percent(account), secret, percent(issuer), digits, period/1e9)
}

func labelPart(text string) string { return strings.ReplaceAll(text, ":", " ") }

// percent encodes everything but unreserved characters: apps do not read "+" as a space.
func percent(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

// picture returns the QR code of a key URI as a data: URL.
func picture(uri string) (string, error) {
	key, err := otp.NewKeyFromURL(uri)
	if err != nil {
		return "", fmt.Errorf("factors: draw key: %w", err)
	}
	code, err := key.Image(pictureSize-2*quietZone, pictureSize-2*quietZone)
	if err != nil {
		return "", fmt.Errorf("factors: draw key: %w", err)
	}
	canvas := image.NewGray(image.Rect(0, 0, pictureSize, pictureSize))
	draw.Draw(canvas, canvas.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(canvas, code.Bounds().Add(image.Pt(quietZone, quietZone)), code, code.Bounds().Min, draw.Src)
	var file bytes.Buffer
	if err := png.Encode(&file, canvas); err != nil {
		return "", fmt.Errorf("factors: draw key: %w", err)
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(file.Bytes()), nil
}
