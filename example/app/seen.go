package app

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	"github.com/ginauth/ginauth"
	"github.com/ginauth/ginauth/audit"
	"github.com/ginauth/ginauth/audit/mongoaudit"
	"github.com/ginauth/ginauth/routes/events"
	"github.com/ginauth/ginauth/telemetry"
	"github.com/ginauth/ginauth/user/records"
)

// seen are the events and metrics that operators and users see.
type seen struct {
	log     *audit.Log // nil over a store without events, as tests have
	metrics http.Handler
}

// watch adds events and metrics to config. The registry is its own, so it has
// the metrics of ginauth only.
func (a *App) watch(ctx context.Context, config *ginauth.Config) (*seen, error) {
	s, database, err := &seen{}, "sql", error(nil)
	if a.engines.database != nil {
		database = "mongodb"
		s.log, err = mongoaudit.Open(ctx, a.engines.database, mongoaudit.Config{})
	} else if events, able := records.As[audit.EventStore](config.Store); able {
		s.log, err = audit.NewLog(events, audit.Config{})
	}
	if err != nil {
		return nil, err
	}
	if s.log != nil {
		config.OnEvent = s.log.Sink
	}
	registry := prometheus.NewRegistry()
	exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(registry), otelprometheus.WithoutScopeInfo())
	if err != nil {
		return nil, err
	}
	meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(exporter))
	*config = telemetry.Wrap(*config, telemetry.WithMeterProvider(meters), telemetry.WithDatabase(database))
	s.metrics = promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	return s, nil
}

// attach adds the lists of events and /metrics, which in production only the collector of
// metrics should reach.
func (s *seen) attach(r *gin.Engine, auth *ginauth.Auth) error {
	r.GET("/metrics", gin.WrapH(s.metrics))
	log := s.log
	if log == nil {
		return nil
	}
	lists, err := events.New(auth, events.Config{Log: log})
	if err != nil {
		return err
	}
	lists.Own().Attach(r.Group("/users/me"))
	lists.Admin().Attach(r.Group("/users/:id"))
	lists.All().Attach(r.Group("/"))
	return nil
}
